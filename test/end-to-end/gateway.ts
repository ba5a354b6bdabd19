import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import type { Diagnosis } from '../../src/ensemble/diagnosis.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface RunningGateway {
  readonly url: string
  readonly process: ChildProcess
  /** Process ids of the workers by member id, as the log tells; the newest of each. */
  readonly workers: ReadonlyMap<string, number>
  log(): string
  stop(): Promise<void>
}

interface GatewayOptions {
  /** Default: the shipped one. */
  readonly config?: string
  /** Of Node's own; default: what `npm start` gives. */
  readonly nodeOptions?: readonly string[]
}

/** What `npm start` gives Node itself. */
export function startOptions(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } }
  const [, options = ''] = /^node (.*)src\/main\.ts serve$/.exec(scripts.start) ?? []
  return options.split(' ').filter(Boolean)
}

/** A gateway in a process of its own, as a user starts it. */
export async function startGateway({
  config,
  nodeOptions = startOptions(),
}: GatewayOptions = {}): Promise<RunningGateway> {
  const chosen = config === undefined ? [] : ['--config', config]
  const child = spawn(process.execPath, [...nodeOptions, 'src/main.ts', 'serve', '--port', '0', ...chosen], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const workers = new Map<string, number>()
  let log = ''
  let rest = ''
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      log += chunk
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const { msg = '', member, pid } = line.startsWith('{') ? JSON.parse(line) : {}
        if (msg === 'worker started') workers.set(member, pid)
        const ready = /^ready: (\S+)/.exec(msg)
        if (ready?.[1] !== undefined) resolve(ready[1])
      }
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('exit', (code) => reject(new Error(`the gateway ended with code ${code} before it was ready:\n${log}`)))
  })
  return {
    url,
    process: child,
    workers,
    log: () => log,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGINT')
      await gone
    },
  }
}

/** Weights of the shipped ensemble as its configuration gives them, by member; equal when it gives none. */
export function shippedWeights(): Map<string, number> {
  const config = parse(readFileSync(new URL('../../config/default.yaml', import.meta.url), 'utf8'))
  const members: { id: string; weight?: number }[] = config.ensembles.tutti.members
  const total = members.reduce((sum, { weight }) => sum + (weight ?? 1), 0)
  return new Map(members.map(({ id, weight }) => [id, (weight ?? 1) / total]))
}

/** What the tests read of a completion. */
export interface CompletionAnswer {
  readonly id: string
  readonly object: string
  readonly model: string
  readonly choices: readonly { readonly text: string; readonly finish_reason: string }[]
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number }
  readonly ensemble: Diagnosis & { readonly seed: number }
}

/** What the tests read of a prediction. */
export interface PredictAnswer {
  readonly symbols: readonly {
    readonly symbol: number | 'end'
    readonly probability: number
    readonly members: readonly { readonly id: string; readonly probability: number }[]
  }[]
  readonly ensemble: Diagnosis
}

export async function post<Answer>(url: string, body: object): Promise<{ status: number; json: Answer }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, json: (await response.json()) as Answer }
}

/** Waits until `condition` holds; how long it took, in milliseconds. */
export async function until(condition: () => boolean | Promise<boolean>, limitMs: number): Promise<number> {
  const started = performance.now()
  while (!(await condition())) {
    if (performance.now() - started > limitMs) throw new Error(`not within ${limitMs} ms`)
    await sleep(50)
  }
  return performance.now() - started
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
