import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose_gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of live objects. */
export function liveBytes(): number {
  collect()
  return process.memoryUsage().heapUsed
}
