import { expect, test } from 'vitest'
import { fakeServer } from './fake.ts'

const [high, low] = ['\ud83d', '\ude00']
const completion = { model: 'tutti', prompt: 'x' }
const chat = { model: 'tutti', messages: [{ role: 'user', content: 'x' }] }
const classify = { model: 'tutti', input: 'x' }

async function answered(url: string, payload: object): Promise<{ status: number; param: string | null }> {
  const { app } = await fakeServer()
  const headers = { 'content-type': 'application/json' }
  const answer = await app.inject({ method: 'POST', url, headers, payload: JSON.stringify(payload) })
  return { status: answer.statusCode, param: answer.json().error?.param ?? null }
}

test.each([
  ['/v1/completions', { ...completion, stop: low }, 'stop'],
  ['/v1/completions', { ...completion, stop: ['x', `a${high}`] }, 'stop[1]'],
  ['/v1/chat/completions', { ...chat, stop: [low] }, 'stop[0]'],
  ['/v1/classify', { ...classify, labels: ['\ud800', '\ud801'] }, 'labels[0]'],
  ['/v1/classify', { ...classify, labels: ['a', { label: low }] }, 'labels[1].label'],
  [
    '/v1/classify',
    { ...classify, labels: ['a', { label: 'b', verbalisations: ['b', low] }] },
    'labels[1].verbalisations[1]',
  ],
  ['/v1/score', { model: 'tutti', texts: ['a', `${low}${high}`] }, 'texts[1]'],
  ['/v1/score', { model: 'tutti', pairs: [{ prompt: 'a', continuation: high }] }, 'pairs[0].continuation'],
])('%s %j: half a character is refused by the name of its field', async (url, payload, param) => {
  expect(await answered(url, payload)).toEqual({ status: 400, param })
})

test('whole characters are not, and a prompt may have been cut inside one', async () => {
  expect(await answered('/v1/completions', { ...completion, stop: `${high}${low}` })).toMatchObject({ status: 200 })
  expect(await answered('/v1/completions', { ...completion, prompt: `x${high}` })).toMatchObject({ status: 200 })
})
