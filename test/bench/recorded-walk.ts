import { choose } from '../../src/core/decode/choose.ts'
import type { TokenDistribution } from '../../src/core/distribution/token-distribution.ts'
import { ByteLattice } from '../../src/core/lattice/byte-lattice.ts'
import { completeList } from '../../src/core/lattice/completed-list.ts'
import { contextTokens } from '../../src/core/lattice/context.ts'
import type { Walk } from '../../src/core/lattice/symbol-path.ts'
import { endSymbol, symbolCount } from '../../src/core/lattice/symbols.ts'
import { type Room, roomFor } from '../../src/core/pool/bounded.ts'
import { linearPool } from '../../src/core/pool/linear.ts'
import { renormalised } from '../../src/core/pool/weights.ts'
import type { Member, Probe } from '../../src/members/member.ts'

export interface Player {
  readonly member: Member
  readonly probe: Probe
  readonly topK: number
}

/** All that members answered while a text was generated, in the order in which it was asked for. */
export interface Recording {
  readonly players: readonly Player[]
  readonly prompt: Uint8Array
  readonly tokens: readonly Int32Array[]
  readonly lists: readonly TokenDistribution[][]
  readonly bytes: number
}

const sampling = { temperature: 0.6, topP: 1, minP: 0, seed: 7 }
const tau = 5e-3
const never = new AbortController().signal

/** Generates `bytes` bytes with real members and keeps what they answer. */
export async function record(players: readonly Player[], prompt: string, bytes: number): Promise<Recording> {
  const tokens = await Promise.all(players.map(({ member }) => member.tokenize(prompt, never)))
  const lists: TokenDistribution[][] = players.map(() => [])
  const lattices = players.map(({ probe }) => new ByteLattice(probe.vocabulary!, { tau }))
  const run = (walks: readonly Walk[]) =>
    Promise.all(
      walks.map(async (walk, m) => {
        const { member, probe, topK } = players[m] as Player
        let answer: Int32Array | undefined
        for (let next = walk.next(); next.done !== true; next = walk.next(answer)) {
          const need = next.value
          if (need.kind === 'tokens') {
            answer = tokens[m] as Int32Array
            continue
          }
          for (const context of need.contexts) {
            for await (const { distribution } of member.continue(
              { tokens: contextTokens(context) },
              { maxTokens: 1, topK, signal: never },
            )) {
              context.list = completeList(distribution, probe.vocabulary!)
              lists[m]?.push(distribution)
            }
          }
        }
      }),
    )
  const text = new TextEncoder().encode(prompt)
  await run(lattices.map((lattice) => lattice.open(text)))
  for (let step = 0; step < bytes; step++) {
    await run(lattices.map((lattice) => lattice.ready()))
    const symbol = nextByte(lattices, step)
    await run(lattices.map((lattice) => lattice.accept(symbol)))
  }
  return { players, prompt: text, tokens, lists, bytes }
}

function nextByte(lattices: readonly ByteLattice[], step: number, room?: Room): number {
  const weights = renormalised(lattices.map(() => 1))
  const fused = linearPool(
    lattices.map((lattice) => lattice.conditional()),
    weights,
    room,
  )
  // A benchmark must not end early: the end is passed over.
  fused.probabilities[endSymbol] = 0
  return choose(fused, { ...sampling, step }).symbol
}

/** Generates the same text again from the recording, without any waiting; `copies` lattices of every member. */
export function replay({ players, prompt, tokens, lists, bytes }: Recording, copies = 1): number[] {
  const seats = players.flatMap((player, m) => Array.from({ length: copies }, () => ({ player, m, next: 0 })))
  const lattices = seats.map(({ player }) => new ByteLattice(player.probe.vocabulary!, { tau }))
  const run = (seat: (typeof seats)[number], walk: Walk): void => {
    let answer: Int32Array | undefined
    for (let next = walk.next(); next.done !== true; next = walk.next(answer)) {
      if (next.value.kind === 'tokens') answer = tokens[seat.m] as Int32Array
      else {
        for (const context of next.value.contexts) {
          const list = (lists[seat.m] as TokenDistribution[])[seat.next++] as TokenDistribution
          context.list = completeList(list, seat.player.probe.vocabulary!)
        }
      }
    }
  }
  lattices.forEach((lattice, index) => {
    run(seats[index] as (typeof seats)[number], lattice.open(prompt))
  })
  const room = roomFor(symbolCount)
  const output: number[] = []
  for (let step = 0; step < bytes; step++) {
    for (let index = 0; index < seats.length; index++)
      run(seats[index] as (typeof seats)[number], (lattices[index] as ByteLattice).ready())
    const symbol = nextByte(lattices, step, room)
    output.push(symbol)
    for (let index = 0; index < seats.length; index++)
      run(seats[index] as (typeof seats)[number], (lattices[index] as ByteLattice).accept(symbol))
  }
  return output
}
