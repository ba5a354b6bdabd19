import { z } from 'zod'

/** 24 days. Node's timers take a longer wait for one of 1 ms. */
const most = 2 ** 31 - 1

/** A time that something waits for, in whole milliseconds. */
export function milliseconds(least: 0 | 1) {
  return z.int().min(least).max(most, `must be at most ${most} milliseconds (24 days), the longest that a timer waits`)
}
