import { z } from 'zod'
import type { App } from '../app.ts'
import type { Dependencies } from '../dependencies.ts'
import type { Settings } from '../settings.ts'
import { toEnsembleView } from '../wire/directory.ts'

/** Says that the process answers; nothing else, so that a member's trouble never restarts the gateway. */
export function livezRoute(app: App): void {
  const schema = {
    summary: 'Is the process alive',
    tags: ['Operation'],
    response: { 200: z.object({ status: z.literal('ok') }) },
  }
  app.get('/livez', { schema, config: { open: true } }, async () => ({ status: 'ok' as const }))
}

const status = z.enum(['ready', 'not_ready', 'stopping']).describe('`stopping`: the gateway takes no new requests.')

const readiness = z.object({
  status,
  ensembles: z
    .array(
      z.object({
        name: z.string(),
        ready: z.boolean(),
        quorum: z.number(),
        up: z.number(),
        down: z.array(z.object({ id: z.string(), reason: z.string() })),
      }),
    )
    .describe('Those that the caller may use; none for a caller without a key where there are keys.'),
})

/** What inference servers have in place of `/readyz`, for clients that look for one of them. */
export function healthRoute(app: App, { running }: Pick<Dependencies, 'running'>): void {
  const health = z.object({ status })
  const schema = {
    summary: 'Can every ensemble answer, in short',
    tags: ['Operation'],
    response: { 200: health, 503: health },
  }
  app.get('/health', { schema, config: { open: true } }, async ({ settings }, reply) => {
    const found = running.stopping ? 'stopping' : statusOf(settings)
    return reply.code(found === 'ready' ? 200 : 503).send({ status: found })
  })
}

/** 200 when every ensemble meets its quorum, else 503; in both cases with who is down and why. */
export function readyzRoute(app: App, { running }: Pick<Dependencies, 'running'>): void {
  const schema = {
    summary: 'Can every ensemble answer',
    tags: ['Operation'],
    response: { 200: readiness, 503: readiness },
  }
  app.get('/readyz', { schema, config: { open: true } }, async ({ settings, directory }, reply) => {
    const ensembles = [...directory.ensembles.values()].map((ensemble) => {
      const { name, ready, quorum, members } = toEnsembleView(ensemble, directory.state)
      const down = members.flatMap(({ id, reason }) => (reason === null ? [] : [{ id, reason }]))
      return { name, ready, quorum, up: members.length - down.length, down }
    })
    const found = running.stopping ? 'stopping' : statusOf(settings)
    return reply.code(found === 'ready' ? 200 : 503).send({ status: found, ensembles })
  })
}

function statusOf({ directory }: Settings): 'ready' | 'not_ready' {
  const all = [...directory.ensembles.values()]
  return all.every((ensemble) => toEnsembleView(ensemble, directory.state).ready) ? 'ready' : 'not_ready'
}
