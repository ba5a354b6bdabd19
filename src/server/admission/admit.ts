import type { FastifyReply, FastifyRequest } from 'fastify'
import { TuttiError } from '../../errors.ts'
import type { Gate } from './gate.ts'

/** Takes the cost of a request off what its key may spend in a minute. */
export type Spend = (request: FastifyRequest, reply: FastifyReply, cost: number) => Promise<void>

/** What a request is going to ask of the members. */
export interface Work {
  /** The most it can cost, in members × tokens. */
  readonly cost: number
  /** The field that makes the cost smaller. */
  readonly costParam: string
  readonly promptBytes: number
  /** The field that holds them. */
  readonly promptParam: string
  /** Counts that have a limit, by field. */
  readonly counts?: readonly { readonly param: string; readonly value: number; readonly most: number }[]
}

/**
 * Lets a request go on to the members, when there is room for it; its place is free again when its answer is out. Every route that
 * calls members awaits this before it does.
 *
 * @throws TuttiError `limit_exceeded`, `rate_limit_exceeded` or `overloaded`.
 */
export type Admit = (request: FastifyRequest, reply: FastifyReply, work: Work) => Promise<void>

export function defineAdmit(gate: Gate, spend: Spend): Admit {
  return async (request, reply, work) => {
    const { settings, caller, ending: signal } = request
    const { limits } = settings
    for (const { param, value, most } of work.counts ?? []) {
      if (value > most) throw tooMuch(param, `has ${value} entries or asks for as many, and ${most} is the most`)
    }
    if (work.promptBytes > limits.promptBytes) {
      throw tooMuch(work.promptParam, `has ${work.promptBytes} bytes, and ${limits.promptBytes} are the most`)
    }
    if (work.cost > limits.cost) {
      const asked = `makes the request cost up to ${work.cost} members × tokens, and ${limits.cost} are the most`
      throw tooMuch(work.costParam, `${asked}; ask for fewer tokens or choices`)
    }
    const leave = await gate.enter({ caller, cost: work.cost, limits, signal })
    reply.raw.once('close', leave)
    if (reply.raw.destroyed) leave()
    await spend(request, reply, work.cost)
  }
}

function tooMuch(param: string, why: string): TuttiError {
  return new TuttiError('limit_exceeded', `\`${param}\` ${why}`, { param })
}
