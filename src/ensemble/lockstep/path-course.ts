import { chooseSymbol, type Sampling } from '../../core/decode/choose.ts'
import type { Conditional, PathContext, PathCounters, PathWalk, SymbolPath } from '../../core/lattice/symbol-path.ts'
import { unknownTexts } from '../../core/lattice/text-list.ts'
import { besideText, type ListSource } from './list-source.ts'
import type { MemberCalls } from './member-calls.ts'
import type { Course, Place } from './place.ts'

/** What all places of a path have in common. */
export interface PathRun {
  readonly calls: MemberCalls
  readonly lists: ListSource
  /** How the path is chosen; `step` is that of its beginning. */
  readonly sampling: Sampling
  /** Whether the member's server chooses by the same noise; else it goes on greedily. */
  readonly noise: boolean
  /** What it goes along instead, to its end and no further. */
  readonly given?: Int32Array | undefined
}

interface Stoppable {
  readonly stopped: boolean
}

interface Arrival {
  readonly step: number
  readonly rounds: number
  readonly course: Stoppable
}

/** The course of a path that the gateway walks itself, from the lists of a source. */
export function pathCourse(run: PathRun, path: SymbolPath, step: number, toFirst: PathWalk): Course {
  const course = { stopped: false }
  return {
    places: walk(run, [{ path, toFirst }], step, course),
    stop() {
      course.stopped = true
    },
  }
}

interface Start {
  readonly path: SymbolPath
  /** What there is to do before the first place is reached. */
  readonly toFirst: PathWalk
}

/**
 * @param starts the one start, which is taken out: contexts hold all that were made behind them, so that whoever remembers
 *   the first holds every list of the text.
 */
async function* walk(run: PathRun, starts: Start[], firstStep: number, course: Stoppable): AsyncGenerator<Place, void> {
  let { path, rounds } = await begun(run, starts, course)
  let foreseen = firstStep
  for (let step = firstStep; !course.stopped; step++) {
    const place = new PathPlace(run, path, { step, rounds, course })
    yield place
    await place.settle()
    if (course.stopped) return
    run.lists.follow(path.trunk())
    if (run.lists.runsAhead && step >= foreseen) foreseen = step + foresee(run, path, step)
    const { next } = place
    if (next === path.alphabet.end || step + 1 === run.given?.length) return
    path = path.clone()
    place.rest()
    rounds = await fulfil(run, path, path.accept(next), course)
  }
}

/**
 * For how many bytes of a given text to look ahead at a time: further on, less is known of which contexts are worth a list, and
 * more are asked for in vain.
 */
const stretch = 32

/** Lets lists be asked for before the text is there; returns for how many symbols it need not be done again. */
function foresee({ lists, sampling, given }: PathRun, path: SymbolPath, step: number): number {
  const known = given && Uint8Array.from(given.subarray(step, step + stretch))
  const foreseen = path.foresee?.({ ...sampling, step: sampling.step + step }, known)
  if (foreseen === undefined) return 1
  lists.foresee(foreseen)
  return Math.max(1, foreseen.length)
}

async function begun(run: PathRun, starts: Start[], course: Stoppable) {
  const { path, toFirst } = starts.pop() as Start
  return { path, rounds: await fulfil(run, path, toFirst, course) }
}

/** Runs suspended arithmetic to its end; returns how many times calls had to be made for it. */
async function fulfil(
  { calls, lists }: PathRun,
  path: SymbolPath,
  arithmetic: PathWalk,
  course: Stoppable,
): Promise<number> {
  let rounds = 0
  let answer: Int32Array | undefined
  for (let next = arithmetic.next(); next.done !== true; next = arithmetic.next(answer)) {
    const need = next.value
    if (need.kind === 'tokens') {
      answer = await calls.tokenize(need.text)
      rounds++
    } else {
      answer = undefined
      if (await lists.fetch(need.contexts, path.trunk(), () => !course.stopped)) rounds++
    }
  }
  return rounds
}

/** Whether a longer list would say more; a text inside a character has none, whatever the length. */
function isShort(list: PathContext['list'], topK: number): boolean {
  return list !== null && list !== unknownTexts && list.unlisted > 0 && list.listed < topK
}

class PathPlace implements Place {
  readonly sinceBorder: number
  readonly #run: PathRun
  readonly #path: SymbolPath
  readonly #step: number
  readonly #course: Stoppable
  rounds: number
  #settling: Promise<void> | null = null
  #symbol: number | null = null
  #heading: number | null = null
  #next: number | null = null
  /** The text has read the distribution. */
  #read = false
  /** Another place reads distributions of the same path. */
  #shared = false

  constructor(run: PathRun, path: SymbolPath, { step, rounds, course }: Arrival) {
    this.sinceBorder = path.sinceBorder()
    this.rounds = rounds
    this.#run = run
    this.#path = path
    this.#step = step
    this.#course = course
  }

  get counters(): PathCounters {
    return this.#path.counters
  }

  settle(): Promise<void> {
    this.#settling ??= this.#settle()
    return this.#settling
  }

  get conditional(): Conditional {
    return this.#path.conditional()
  }

  get heading(): number {
    const { sampling, noise } = this.#run
    if (noise || sampling.temperature === 0) return this.#own
    this.#heading ??= chooseSymbol(this.conditional.probabilities, { ...sampling, temperature: 0 })
    return this.#heading
  }

  get next(): number {
    const { given, lists } = this.#run
    this.#next ??= given?.[this.#step] ?? lists.onward?.(this.#path.trunk()) ?? this.#own
    return this.#next
  }

  use(): void {
    this.#read = true
    this.#run.calls.ledger.use(this.#path.contexts())
  }

  /** The course has gone on: until the text comes here nobody needs the distribution. */
  rest(): void {
    if (!this.#read) this.leave()
  }

  leave(): void {
    if (!this.#shared) this.#path.rest()
  }

  instead(symbol: number): Course {
    const path = this.#path.clone()
    return pathCourse(this.#run, path, this.#step + 1, path.accept(symbol))
  }

  beside(): Place {
    const run = { ...this.#run, lists: besideText(this.#run.lists) }
    const place = new PathPlace(run, this.#path, { step: this.#step, rounds: this.rounds, course: { stopped: false } })
    place.#settling = Promise.resolve()
    place.#shared = true
    this.#shared = true
    return place
  }

  async lengthened(topK: number): Promise<Course | null> {
    const { calls } = this.#run
    const short = this.#path.contexts().filter(({ list }) => isShort(list, topK))
    if (short.length === 0) return null
    await Promise.all(short.map((context) => calls.fetch(context, topK)))
    const path = this.#path.clone()
    path.refresh()
    return pathCourse(this.#run, path, this.#step, path.ready())
  }

  /** What the member itself would choose here as the ensemble chooses. */
  get #own(): number {
    const { sampling } = this.#run
    this.#symbol ??= chooseSymbol(this.conditional.probabilities, { ...sampling, step: sampling.step + this.#step })
    return this.#symbol
  }

  async #settle(): Promise<void> {
    this.rounds += await fulfil(this.#run, this.#path, this.#path.ready(), this.#course)
  }
}
