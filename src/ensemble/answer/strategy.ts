import { type Canonical, exactForm, foundForm } from '../../core/answer/canonical.ts'
import { choiceForm } from '../../core/answer/choice-form.ts'
import { jsonForm } from '../../core/answer/json-form.ts'
import { numberForm } from '../../core/answer/number-form.ts'
import type { UtilityKind } from '../../core/answer/utility.ts'
import { searchFor } from '../../pattern.ts'

/** How one text is made of several: out of their distributions (`fuse`), or chosen among whole answers. */
export type StrategyKind = 'fuse' | AnswerStrategyKind
export type AnswerStrategyKind = 'majority' | 'mbr' | 'rerank'

/** What of an answer is compared. */
export type Canonicalisation =
  | 'exact'
  | 'number'
  | { readonly choice: string }
  | { readonly regex: string }
  | { readonly json: string }

/** How whole answers are had and compared. */
export interface StrategyOptions {
  /** Answers of each member. */
  readonly samples: number
  readonly canonicalise: Canonicalisation
  /** For `mbr`. */
  readonly utility: UtilityKind
}

export interface Strategy extends StrategyOptions {
  readonly kind: StrategyKind
}

export interface AnswerStrategy extends StrategyOptions {
  readonly kind: AnswerStrategyKind
}

/** What a request says of it; the rest is the ensemble's. */
export interface AskedStrategy extends Partial<StrategyOptions> {
  readonly kind?: StrategyKind
}

/** @throws Error for a regular expression that is none. */
export function canonicalOf(asked: Canonicalisation): Canonical {
  if (asked === 'exact') return exactForm
  if (asked === 'number') return numberForm
  if ('choice' in asked) return choiceForm(asked.choice)
  if ('regex' in asked) return foundForm(searchFor(asked.regex))
  return jsonForm(asked.json)
}
