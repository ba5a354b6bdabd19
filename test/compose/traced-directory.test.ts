import { expect, test } from 'vitest'
import { tracedDirectory } from '../../src/compose/traced-directory.ts'
import { defineToy } from '../core/lattice/toy.ts'
import { directoryOf, ToyMember } from '../ensemble/toy-member.ts'

const bytes = ['', 'a'].map((text) => new TextEncoder().encode(text))
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

test('a traced directory tells of its members what the other does, and has the same traced member at every place', async () => {
  const member = new ToyMember('m', defineToy(bytes, { ends: 1, controls: 0, seed: 1, sharpness: 1 }))
  const plain = await directoryOf([member])
  const known = {
    ...plain.state('m'),
    down: () => 'its last call failed',
    suspected: () => true,
    verdict: () => ({ at: 1, ok: false, notes: ['start the server'] }),
  }
  const traced = tracedDirectory({ ...plain, state: () => known }, traceparent)
  const state = traced.state('m')
  expect(state.probe()).toBe(known.probe())
  expect([state.down(), state.suspected?.(), state.verdict?.()]).toEqual([
    known.down(),
    known.suspected(),
    known.verdict(),
  ])
  expect(state.member).not.toBe(member)
  expect(traced.ensembles.get('toys')?.seats[0]?.member).toBe(state.member)
})
