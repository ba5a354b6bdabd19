/**
 * Microseconds of processor time that an activity takes, all threads of this process together: what else the machine does
 * at the same time does not count, as it would in time on a clock.
 */
export function processorTime(activity: () => unknown): number {
  const before = process.cpuUsage()
  activity()
  const { user, system } = process.cpuUsage(before)
  return user + system
}
