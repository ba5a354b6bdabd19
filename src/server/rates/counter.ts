import type { Redis } from 'ioredis'

/** What has been spent of an allowance in the minute that runs. */
export interface Spending {
  /** The amount could be spent, and was. */
  readonly within: boolean
  readonly spent: number
  /** Milliseconds until the minute is over. */
  readonly leftMs: number
}

/** Counts requests or cost by minutes, each of which begins with the first spending in it. */
export interface Counter {
  /** Spends an amount if that keeps to `most`, else nothing. */
  spend(name: string, amount: number, most: number): Promise<Spending>
}

const minuteMs = 60_000

/** @param now milliseconds since 1970. */
export function countHere(now: () => number): Counter {
  const minutes = new Map<string, { spent: number; begun: number }>()
  return {
    async spend(name, amount, most) {
      let minute = minutes.get(name)
      if (minute === undefined || now() - minute.begun >= minuteMs) {
        minute = { spent: 0, begun: now() }
        minutes.set(name, minute)
      }
      const within = minute.spent + amount <= most
      if (within) minute.spent += amount
      return { within, spent: minute.spent, leftMs: minute.begun + minuteMs - now() }
    },
  }
}

/** One script is one step of Redis, so that gateways that count at the same time never spend more than there is. */
const script = `
local spent = tonumber(redis.call('GET', KEYS[1]) or '0')
if spent + tonumber(ARGV[1]) > tonumber(ARGV[2]) then return {0, spent, redis.call('PTTL', KEYS[1])} end
spent = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return {1, spent, redis.call('PTTL', KEYS[1])}
`

export function countInRedis(redis: Redis): Counter {
  return {
    async spend(name, amount, most) {
      const answer = await redis.eval(script, 1, name, amount, most, minuteMs)
      const [within, spent, leftMs] = answer as [number, number, number]
      return { within: within === 1, spent, leftMs: Math.max(0, leftMs) }
    },
  }
}
