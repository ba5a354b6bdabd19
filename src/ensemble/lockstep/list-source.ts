import type { LatticeContext } from '../../core/lattice/context.ts'
import type { Foreseen, PathContext } from '../../core/lattice/symbol-path.ts'
import type { MemberCalls } from './member-calls.ts'

/** Where the lists of a member's contexts come from. */
export interface ListSource {
  /** Whether it runs ahead of the text. */
  readonly runsAhead: boolean
  /**
   * Sees to it that every context has its list.
   *
   * @param trunk the context of the likeliest tokenization so far, which the text is likely to go on from.
   * @param wanted whether anybody still waits for it.
   * @returns whether a call had to be made for it now.
   */
  fetch(contexts: readonly PathContext[], trunk: LatticeContext | null, wanted: () => boolean): Promise<boolean>
  /** What the path will need, if the text goes on as it is likely to. */
  foresee(foreseen: Foreseen): void
  /** The path has come to a place whose likeliest tokenization ends at `trunk`, and has the lists for it. */
  follow(trunk: LatticeContext | null): void
  /** The token that another's draft goes on with after a context; null, or absent, where lists come along none. */
  onward?(trunk: LatticeContext | null): number | null
}

/** One call for each context, when it is needed. */
export function singleLists(calls: MemberCalls): ListSource {
  return {
    runsAhead: false,
    async fetch(contexts) {
      await Promise.all(contexts.map((context) => calls.fetch(context, calls.planned.topK)))
      return contexts.length > 0
    },
    foresee() {},
    follow() {},
  }
}

/** The lists of a source for whoever leaves the text: no stream is opened or left for them. */
export function besideText(lists: ListSource): ListSource {
  return {
    runsAhead: false,
    fetch: (contexts, _trunk, wanted) => lists.fetch(contexts, null, wanted),
    foresee() {},
    follow() {},
  }
}
