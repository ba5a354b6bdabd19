import { fused } from './heat.ts'
import type { Weights } from './weights.ts'

export const tabs = ['complete', 'classify', 'score', 'members'] as const
export type Tab = (typeof tabs)[number]

export const pools = ['linear', 'log_linear', 'vote'] as const
export type Pool = (typeof pools)[number]

export const normalisations = ['none', 'per_byte', 'contextual'] as const
export type Normalisation = (typeof normalisations)[number]

/** What a person has set, all views together: what an address says, and nothing that a key protects. */
export interface State {
  readonly tab: Tab
  /** An ensemble, or `ensemble/member`; empty: the first there is. */
  readonly model: string
  readonly prompt: string
  readonly maxTokens: number
  /** Null: the ensemble's. */
  readonly temperature: number | null
  readonly seed: number
  /** Null: the ensemble's. */
  readonly pool: Pool | null
  /** Null: the ensemble's. `equal`: the same for each member, whoever they are. */
  readonly weights: Weights | 'equal' | null
  /** Members alone beside the ensemble. */
  readonly alone: boolean
  readonly input: string
  readonly template: string
  /** One a line. */
  readonly labels: string
  readonly normalisation: Normalisation
  readonly text: string
  /** What the heat map shows: `*`, the fused distribution, or a member's id. */
  readonly heat: string
  /** What is taken off it; empty: nothing. */
  readonly less: string
}

/** What an address leaves out: examples that run. */
export const initial: State = {
  tab: 'complete',
  model: '',
  prompt: 'The people of the United States',
  maxTokens: 60,
  temperature: null,
  seed: 1,
  pool: null,
  weights: null,
  alone: false,
  input: 'We will defend the union and its constitution.',
  template: '{input} The',
  labels: ' people\n captain\n server',
  normalisation: 'contextual',
  text: 'The state of the union is strong, and the function returns the number of its arguments.',
  heat: fused,
  less: '',
}

/** How each field stands in an address; null: it can't be read. */
interface Field<Value> {
  write(value: Value): string
  read(text: string): Value | null
}

const text: Field<string> = { write: (value) => value, read: (value) => value }

function oneOf<Value extends string>(values: readonly Value[]): Field<Value> {
  return { write: (value) => value, read: (value) => values.find((one) => one === value) ?? null }
}

/** @param whole whether fractions are refused. */
function number(least: number, most: number, whole: boolean): Field<number> {
  return {
    write: String,
    read(value) {
      const found = Number(value)
      return value.trim() !== '' && found >= least && found <= most && (!whole || Number.isInteger(found))
        ? found
        : null
    },
  }
}

const weights: Field<Weights | 'equal'> = {
  write: (value) =>
    value === 'equal'
      ? value
      : Object.entries(value)
          .map(([id, weight]) => `${id}:${weight}`)
          .join(','),
  read(value) {
    if (value === 'equal') return value
    const parts = value.split(',').map((part) => /^([A-Za-z0-9._-]+):([0-9.e-]+)$/.exec(part))
    const entries = parts.flatMap((part) => (part === null ? [] : [[part[1], Number(part[2])] as const]))
    const fine = entries.length === parts.length && entries.every(([, weight]) => weight >= 0 && weight <= 1)
    return fine ? Object.fromEntries(entries) : null
  },
}

const flag: Field<boolean> = { write: (value) => (value ? '1' : '0'), read: (value) => value === '1' }

export const limits = {
  maxTokens: { least: 1, most: 1000 },
  temperature: { least: 0, most: 2 },
  seed: { least: 0, most: 2 ** 32 - 1 },
} as const

type Fields = { readonly [Name in Exclude<keyof State, 'tab'>]: Field<NonNullable<State[Name]>> }

const fields: Fields = {
  model: text,
  prompt: text,
  maxTokens: number(limits.maxTokens.least, limits.maxTokens.most, true),
  temperature: number(limits.temperature.least, limits.temperature.most, false),
  seed: number(limits.seed.least, limits.seed.most, true),
  pool: oneOf(pools),
  weights,
  alone: flag,
  input: text,
  template: text,
  labels: text,
  normalisation: oneOf(normalisations),
  text,
  heat: text,
  less: text,
}

/**
 * What a person sees who comes without any address. With the weights that suit a text best one member may carry all of it; with equal
 * ones each is seen.
 */
const welcome: State = { ...initial, weights: 'equal' }

/** Characters of the longest text that an address holds: browsers show addresses, send them about and keep them in their history. */
export const longestText = 8_000

/** The texts that are too long for an address. */
export function leftOut(state: State): readonly (keyof State)[] {
  return (Object.keys(fields) as (keyof Fields)[]).filter((name) => {
    const value = state[name]
    return typeof value === 'string' && value.length > longestText
  })
}

/**
 * The state as the part of an address behind `#`, which browsers send to nobody. What is as it was at first is left out, and so are
 * texts that are too long.
 */
export function toHash(state: State): string {
  const query = new URLSearchParams()
  const without = leftOut(state)
  for (const name of Object.keys(fields) as (keyof Fields)[]) {
    const value = state[name]
    if (value === null || value === initial[name] || without.includes(name)) continue
    query.set(name, (fields[name] as Field<unknown>).write(value))
  }
  const written = query.toString()
  return `#${state.tab}${written === '' ? '' : `?${written}`}`
}

/** The state that an address says; what it doesn't say, or what can't be read, is as at first. */
export function fromHash(hash: string): State {
  if (hash === '') return welcome
  const [tab = '', ...query] = hash.replace(/^#/, '').split('?')
  const given = new URLSearchParams(query.join('?'))
  const read = Object.entries(fields).flatMap(([name, field]) => {
    const value = given.get(name)
    const found = value === null ? null : (field as Field<unknown>).read(value)
    return found === null ? [] : [[name, found] as const]
  })
  return { ...initial, ...Object.fromEntries(read), tab: tabs.find((one) => one === tab) ?? initial.tab }
}
