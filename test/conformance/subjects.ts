import { realEntries } from '../real/real-entries.ts'
import { chatOnly, type Entry, twinned, entries as twins } from './entries.ts'

const real = realEntries(process.env)

/** What the contract is held against: twins, or the real servers that the environment names (`npm run test:real`). */
export const entries: readonly Entry[] = real.length > 0 ? real : twins

/** Those whose model a test can make go any way. */
export const scriptable: readonly Entry[] = real.length > 0 ? [] : twinned

/** Those whose servers write answers. */
export const answering: readonly Entry[] = [...entries, ...(real.length > 0 ? [] : [chatOnly])].filter(({ offers }) =>
  offers.includes('answer'),
)
