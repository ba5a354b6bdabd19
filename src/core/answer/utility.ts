import { chrF, chrFProfile } from './chrf.ts'
import { tokenF1, tokenProfile } from './token-f1.ts'

export type UtilityKind = 'exact' | 'chrf' | 'token_f1'

/** How good the text `hypothesis` is if `reference` is right, both by index: in [0, 1], and 1 for a text and itself. */
export type Utility = (hypothesis: number, reference: number) => number

/** The utilities between given texts, of each of which is counted once what there is to count. */
export function utilityOver(kind: UtilityKind, texts: readonly string[]): Utility {
  return overTexts[kind](texts)
}

const overTexts: Readonly<Record<UtilityKind, (texts: readonly string[]) => Utility>> = {
  exact: (texts) => (a, b) => (texts[a] === texts[b] ? 1 : 0),
  chrf: (texts) => over(texts, chrFProfile, chrF),
  token_f1: (texts) => over(texts, tokenProfile, tokenF1),
}

function over<P>(texts: readonly string[], profileOf: (text: string) => P, compare: (a: P, b: P) => number): Utility {
  const profiles = texts.map(profileOf)
  return (a, b) => (texts[a] === texts[b] ? 1 : compare(profiles[a] as P, profiles[b] as P))
}
