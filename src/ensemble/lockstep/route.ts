import type { Sampling } from '../../core/decode/choose.ts'
import { type Alphabet, byteAlphabet, type Granularity, tokenAlphabet } from '../../core/lattice/alphabet.ts'
import type { UnlistedPolicy } from '../../core/lattice/completed-list.ts'
import type { TuttiError } from '../../errors.ts'
import type { Probe } from '../../members/member.ts'
import { vocabularyOf } from '../ask-list.ts'
import type { Decoding } from '../ensemble.ts'
import type { Opening } from '../opening.ts'
import type { Prompt } from '../prompt.ts'
import { startPath } from '../start-path.ts'
import type { Drafts } from './drafts.ts'
import { GivenLists } from './given-lists.ts'
import { type ListSource, singleLists } from './list-source.ts'
import type { MemberCalls } from './member-calls.ts'
import { pathCourse } from './path-course.ts'
import type { Course } from './place.ts'
import { servedCourse } from './served-course.ts'
import { StreamLength } from './stream-length.ts'
import { StreamedLists } from './streamed-lists.ts'

export interface RouteOptions {
  readonly granularity: Granularity
  readonly tau: number
  readonly unlisted: UnlistedPolicy
  readonly decoding: Decoding
  /** How the ensemble chooses, so that a member's path can keep to it; `step` is that of the first symbol. */
  readonly sampling: Sampling
  /** Lists may be asked for again, longer. */
  readonly lengthens: boolean
  /** Most lists that run-ahead streams may fetch in vain; null for no limit. */
  readonly budget: number | null
  /** The symbols of the text behind the prompt, where they are known beforehand. */
  readonly given?: Int32Array | undefined
  /** Shared by the members of a request; null where they have no tokens in common. */
  readonly drafts: Drafts | null
}

/** By which calls a member is taken through a text. */
export interface Route {
  readonly alphabet: Alphabet
  /** Places that a course may be ahead of the text. */
  readonly ahead: number
  /** Asks the member where its path starts. */
  ask(prompt: Prompt): Promise<Opening>
  start(opening: Opening): Course
  /** Ends what still runs ahead. */
  close(reason?: TuttiError): void
}

/** Probabilities that the places ahead of the text may hold, and their number in any case. */
const mostProbabilities = 2 ** 18
const mostPlaces = 16

/** Unread events of a member that runs the lattice itself. */
const mostServed = 512

/** The quickest route that the member's protocol, the granularity and the way of decoding leave. */
export function routeOf(calls: MemberCalls, options: RouteOptions): Route {
  const { granularity, decoding } = options
  const { probe } = calls.planned
  const alphabet = granularity === 'token' ? tokenAlphabet(vocabularyOf(probe)) : byteAlphabet
  const ahead = Math.max(2, Math.min(mostPlaces, Math.floor(mostProbabilities / alphabet.size)))
  const ask = (prompt: Prompt) => calls.opening(prompt, granularity)
  if (options.given !== undefined) {
    return { alphabet, ahead: 2, ask, start: walkedAlong(calls, options, options.given), close() {} }
  }
  if (decoding === 'stepwise' || !canRunAhead(probe, options)) {
    return { alphabet, ahead: 1, ask, start: walkedHere(calls, options, singleLists(calls)), close() {} }
  }
  const lists = new StreamedLists(calls, options)
  const streamed = walkedHere(calls, options, lists)
  const served = granularity === 'byte' && isServed(calls, options) ? walkedThere(calls, options) : null
  return {
    alphabet,
    ahead,
    ask,
    start: served ?? streamed,
    close: () => lists.close(),
  }
}

/**
 * Without a vocabulary nothing is known of a stream but its text, to which the next call would give other tokens. A lattice
 * that is never pruned has twice the contexts at every byte or so: it must not go further than the text.
 */
function canRunAhead({ vocabulary }: Probe, { granularity, tau }: RouteOptions): boolean {
  return vocabulary !== null && (granularity === 'token' || tau > 0)
}

/** Whether the member's server runs the lattice; it can't make lists longer that it never sends. */
function isServed({ planned: { seat, topK, probe } }: MemberCalls, { lengthens, budget }: RouteOptions): boolean {
  if (seat.member.bytes === undefined || budget !== null) return false
  return !lengthens || topK >= vocabularyOf(probe).size
}

/**
 * Whether the member's server, running ahead, chooses by the ensemble's noise: by byte where it runs the lattice, by token where
 * it could. All others go on greedily, and a sampled text soon turns off their way.
 */
function walksByNoise(calls: MemberCalls, options: RouteOptions): boolean {
  return options.granularity === 'token' ? calls.planned.seat.member.bytes !== undefined : isServed(calls, options)
}

function walkedHere(calls: MemberCalls, options: RouteOptions, lists: ListSource): Route['start'] {
  const { sampling } = options
  return ({ text, after }) => {
    const path = startPath(calls.planned.probe, options)
    const noise = walksByNoise(calls, options)
    return pathCourse({ calls, lists, sampling, noise }, path, 0, path.open(text, after))
  }
}

function walkedAlong(calls: MemberCalls, options: RouteOptions, symbols: Int32Array): Route['start'] {
  const { sampling, granularity } = options
  const { probe } = calls.planned
  return (opening) => {
    const foresees = granularity === 'byte' && canRunAhead(probe, options)
    const lists =
      probe.vocabulary === null
        ? singleLists(calls)
        : new GivenLists(calls, { granularity, foresees, opening, symbols })
    const path = startPath(probe, options)
    const run = { calls, lists, sampling, noise: walksByNoise(calls, options), given: symbols }
    return pathCourse(run, path, 0, path.open(opening.text, opening.after))
  }
}

function walkedThere(calls: MemberCalls, { tau, unlisted, sampling }: RouteOptions): Route['start'] {
  return (opening) => {
    // Counts the prompt's tokens, and refuses a prompt that is too long, while the lattice is on its way.
    const counted = opening.after !== undefined && opening.text.length === 0
    const opened = counted ? Promise.resolve() : calls.tokenize(opening.text)
    opened.catch(() => {})
    return servedCourse({ calls, opening, opened, tau, unlisted, sampling, length: new StreamLength(mostServed) })
  }
}
