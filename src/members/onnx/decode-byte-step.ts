import type { z } from 'zod'
import { symbolCount } from '../../core/lattice/symbols.ts'
import { TuttiError } from '../../errors.ts'
import type { ByteStep } from '../member.ts'
import type { byteStepSchema } from './wire-schemas.ts'

/** Rounding may take a bound a little above 1. */
const most = 1 + 1e-9

/** Base64 of 257 float64, little-endian, each a probability. */
function decodeSymbols(base64: string, field: string, member: string): Float64Array {
  const values = new Float64Array(symbolCount)
  const written = Buffer.from(values.buffer).write(base64, 'base64')
  if (written !== values.byteLength || Buffer.byteLength(base64, 'base64') !== values.byteLength) {
    throw new TuttiError('member_protocol', `${member}: ${field} is not base64 of ${symbolCount} float64`, { member })
  }
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    const value = values[symbol] as number
    if (value >= 0 && value <= most) continue
    const message = `${member}: ${field} of symbol ${symbol} is ${value}, which is no probability`
    throw new TuttiError('invalid_distribution', message, { member })
  }
  return values
}

/** @throws TuttiError `member_protocol`, `invalid_distribution`. */
export function decodeByteStep(wire: z.infer<typeof byteStepSchema>, member: string): ByteStep {
  const probabilities = decodeSymbols(wire.probabilities, 'probabilities', member)
  return {
    conditional: {
      probabilities,
      low: wire.low === undefined ? probabilities : decodeSymbols(wire.low, 'low', member),
      high: wire.high === undefined ? probabilities : decodeSymbols(wire.high, 'high', member),
      missing: wire.missing,
      mass: wire.mass,
      excluded: wire.excluded,
    },
    sinceBorder: wire.since_border,
    counters: { revivals: wire.counters.revivals, prunedMass: wire.counters.pruned_mass },
    contexts: wire.contexts,
    symbol: wire.symbol,
  }
}
