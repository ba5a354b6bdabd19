import type { Conditional, PathCounters } from '../../core/lattice/symbol-path.ts'

/** One place on a member's own path through the text: what the member says there, and where it would go. */
export interface Place {
  /** Bytes since the last token border of the likeliest tokenization of the text. */
  readonly sinceBorder: number
  /** What has been pruned and woken since the start of the path; final once the place is settled. */
  readonly counters: PathCounters
  /** Rounds of calls it took to come and settle here from the place before. */
  readonly rounds: number
  /** Gets what the distribution needs. */
  settle(): Promise<void>
  /** The distribution of the next symbol; when settled, and after `use` good until `leave`. */
  readonly conditional: Conditional
  /** The symbol that the member's server goes on with; when settled. */
  readonly heading: number
  /** The symbol that the course goes on with: the member's own choice, but where the text is known beforehand or another's draft is followed. */
  readonly next: number
  /** Enters in the ledger that the place took part in a decision. */
  use(): void
  /** The text has left the place: its distribution is read no more. */
  leave(): void
  /** A course from here over a symbol of the ensemble's choice. */
  instead(symbol: number): Course
  /** The same place for a walk beside the text, which must not lead streams astray; when settled. */
  beside(): Place
  /** A course that begins here again with lists up to `topK` tokens long; null where there are no longer ones. */
  lengthened(topK: number): Promise<Course | null>
}

/** The places of a path one after the other; a place is yielded as soon as the path has arrived there. */
export interface Course {
  readonly places: AsyncGenerator<Place, void>
  /** Ends what runs for it. */
  stop(): void
}
