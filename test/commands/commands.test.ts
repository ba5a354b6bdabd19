import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { hashOfKey } from '../../src/config/resolve-server.ts'
import { TuttiError } from '../../src/errors.ts'
import type { App } from '../../src/server/app.ts'
import { fakeGenerate, fakePrediction, fakeServer } from '../server/fake.ts'
import { run } from './fake-terminal.ts'

let app: App
let url: string

beforeAll(async () => {
  const generate: typeof fakeGenerate = async function* (plan, options) {
    if (new TextDecoder().decode(plan.prompt.text) === 'fail') {
      yield { kind: 'segment', text: ' so', logProb: 0, candidates: [], carrier: 'a', steps: [] }
      throw new TuttiError('deadline_exceeded', 'it took too long')
    }
    yield* fakeGenerate(plan, options)
  }
  ;({ app } = await fakeServer({ generate }))
  url = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => app.close())

test('predict shows fused words and bytes, every member in a column, and how sure it is', async () => {
  const { out } = await run(['predict', 'The state of the', '--url', url])
  const lines = out.split('\n')
  expect(lines[0]).toBe('The state of the…')
  expect(lines[2]).toMatch(/^ {2}next word {2}tutti +a +b$/)
  expect(lines[3]).toMatch(/^ {2}' union' +█+ +40\.0% +50\.0% +10\.0%$/)
  expect(lines[6]).toMatch(/^ {2}' ' +█+ +60\.0% +70\.0% +30\.0%$/)
  expect(lines[7]).toMatch(/^ {2}end +█+ +10\.0% +10\.0% +10\.0%$/)
  expect(lines.slice(9).join('')).toBe(
    '  entropy of the next byte 1.20 bits · certified · missing mass 0%  2 of 2 members · 5 ms',
  )
})

test('the columns stand below one another, in 80 characters', async () => {
  const { out } = await run(['predict', 'x'.repeat(300), '--url', url])
  const lines = out.split('\n')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  const ends = lines.filter((line) => line.includes('%') && line.startsWith("  '")).map((line) => line.length)
  expect(new Set(ends).size).toBe(1)
})

test('a key is taken from the option or from the environment; without it the refusal of the gateway is told', async () => {
  const secret = 'tutti-0123456789abcdef'
  const unlimited = { ensembles: null, requestsPerMinute: null, costPerMinute: null, concurrency: null }
  const keyed = await fakeServer({ keys: [{ name: 'alice', sha256: hashOfKey(secret), ...unlimited }] })
  const asked = ['score', 'x', '--json', '--url', await keyed.app.listen({ host: '127.0.0.1', port: 0 })]
  try {
    await expect(run(asked)).rejects.toThrow('(invalid_api_key)')
    expect(JSON.parse((await run([...asked, '--key', secret])).out).scores).toHaveLength(1)
    vi.stubEnv('TUTTI_KEY', secret)
    expect(JSON.parse((await run(asked)).out).scores).toHaveLength(1)
  } finally {
    vi.unstubAllEnvs()
    await keyed.app.close()
  }
})

test('where no block characters can be shown the output is ASCII', async () => {
  const { out } = await run(['predict', 'x', '--url', url], { unicode: false })
  expect(out).toMatch(/####/)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
  expect(out).toMatch(/^[\u0000-\u007f]*$/)
})

test('score shows bits per byte, bits and nats of the ensemble and every member, and the bits of segments', async () => {
  const { out } = await run(['score', 'four', '--prompt', 'one two three', '--segments', '--url', url])
  const lines = out.split('\n')
  expect(lines[0]).toBe("'four'")
  expect(lines[2]).toMatch(/^ +bits per byte +bits +nats$/)
  expect(lines[3]).toMatch(/^ {2}tutti +0\.721 +2\.9 +2\.00$/)
  expect(lines[4]).toMatch(/^ {2}a +0\.577 +2\.3 +1\.60$/)
  expect(lines[8]).toMatch(/^ {2}'four' +2\.89 +-$/)
  expect(out).toContain('4 bytes · missing mass 10.0%')
  const several = await run(['score', 'one', 'two', '--url', url, '--json'])
  expect(JSON.parse(several.out).scores).toHaveLength(2)
})

test('classify shows labels likeliest first, with every member in a column', async () => {
  const asked = ['classify', 'one', 'two', '--labels', ' yes', ' no', '--prompt', '{input}?', '--url', url]
  const { out } = await run(asked)
  const lines = out.split('\n')
  expect(lines[0]).toBe("'one'")
  expect(lines[2]).toMatch(/^ {2}label +tutti +a +b$/)
  expect(lines[3]).toMatch(/^ {2}' yes' +█+ +66\.7% +66\.7% +66\.7%$/)
  expect(lines[6]).toBe('  not certain · pool linear')
  expect(lines[8]).toBe("'two'")
  expect(JSON.parse((await run([...asked, '--json'])).out).results).toHaveLength(2)
})

test('predict --json prints the answer as the gateway sent it', async () => {
  const { out } = await run(['predict', 'x', '--url', url, '--json'])
  expect(JSON.parse(out)).toMatchObject({ object: 'prediction', words: fakePrediction.words })
})

test('complete writes the text after the prompt, each piece in the colour of its carrier, then a legend', async () => {
  const { out } = await run(['complete', 'well,', '--url', url], { colour: true })
  const [cyan, yellow] = ['\u001b[36m', '\u001b[33m']
  expect(out).toContain(`${cyan} hello\u001b[39m${yellow} wörld`)
  expect(out).toContain(`${cyan}■ a`)
  expect(out).toContain(`${yellow}■ b`)
})

test('the legend has weight, share and bits per byte of each member, and the seed to repeat it with', async () => {
  const { out } = await run(['complete', 'well,', '--url', url])
  const lines = out.split('\n')
  expect(lines[0]).toBe('well, hello wörld')
  expect(lines[2]).toBe('  ■ a  weight 0.75  share 75.0%   1.50 bits/byte')
  expect(lines[3]).toBe('  ■ b  weight 0.25  share 25.0%   1.50 bits/byte')
  expect(lines.slice(4).join(' ')).toMatch(/2 tokens · 4 bytes · 4 certified .* seed 4242/s)
})

test('piped, complete writes nothing but the text to standard output', async () => {
  const { out, notes } = await run(['complete', 'well,', '--url', url], { interactive: false, unicode: false })
  expect(out).toBe(' hello wörld\n')
  expect(notes).toMatch(/^2 tokens, 4 bytes.*seed 4242\n$/)
})

test('complete --json prints one completion', async () => {
  const { out } = await run(['complete', 'well,', '--url', url, '--json', '--seed', '7'])
  expect(JSON.parse(out)).toMatchObject({ object: 'text_completion', ensemble: { seed: 7 } })
})

test('when nothing listens the message says how to start it', async () => {
  const closed = await new Promise<string>((resolve) => {
    const server: Server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(`http://127.0.0.1:${port}`))
    })
  })
  await expect(run(['predict', 'x', '--url', closed])).rejects.toThrow(
    `nothing answers at ${closed}; start it with \`npm start\``,
  )
})

test("the gateway's own words come through, also out of a stream", async () => {
  await expect(run(['predict', 'x', '--url', url, '-m', 'nobody'])).rejects.toThrow(
    /no model "nobody".*model_not_found/,
  )
  await expect(run(['complete', 'fail', '--url', url])).rejects.toThrow('it took too long (deadline_exceeded)')
})

test.each([
  [['complete', 'x', '--temperature', 'warm'], 'It must be a number from 0 to 2.'],
  [['complete', 'x', '--max-tokens', '1.5'], 'It must be a whole number.'],
  [['predict', 'x', '--top', '0'], 'It must be a number from 1 to 257.'],
  [['predict'], "missing required argument 'text'"],
  [['classify', 'x'], "required option '-l, --labels <label...>' not specified"],
  [['classify', 'x', '-l', 'a', 'b', '--pool', 'mean'], 'Allowed choices are linear, log_linear, vote.'],
  [['score'], "missing required argument 'text'"],
])('%j is refused before anything is asked', async (args, reason) => {
  await expect(run(args)).rejects.toThrow(reason)
})
