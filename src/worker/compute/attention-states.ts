import { Tensor } from 'onnxruntime-node'
import { type CacheNode, gather } from './cache-node.ts'
import { free } from './free.ts'
import { definePrefixTree, type Place } from './prefix-tree.ts'
import type { Signature } from './signature.ts'
import type { Held, Prepared, States, Tensors } from './states.ts'

export interface HeldPlace extends Held, Place {}

/** The last run's present tensors: when the same rows go on, they are the next run's past without a copy. */
interface Resident {
  readonly rows: readonly Place[]
  readonly past: number
  readonly tensors: readonly Tensor[]
}

/** Most tokens that a row reads again to run with a shorter one; ways to tokenize one text differ by few. */
const longestReread = 6

/**
 * Keys and values of attention models. They can be cut back to any shared prefix, so a tree of token runs holds them;
 * rows of different lengths run together, the shorter ones padded on the left and masked.
 *
 * With `deterministic` the same context always gives the same bits. A row's sums come out differently when its columns
 * are shifted by padding, and when a run has one new token: then ONNX Runtime multiplies by another kernel. So only
 * rows of one length run together, and each run reads the last token again, so that it has two.
 */
export function defineAttentionStates(
  signature: Signature,
  maxBytes: number,
  deterministic: boolean,
): States<HeldPlace> {
  const { slots } = signature
  const tree = definePrefixTree(slots, maxBytes)
  const bytesPerToken = 4 * slots.reduce((sum, slot) => sum + slot.size, 0)
  // Without a mask or positions of its own a shorter row can't be told where its text begins.
  const pads = signature.takesMask && signature.takesPositions && !deterministic
  // How many tokens of a context are read anew when it is gone on with.
  const reread = deterministic ? 1 : 0
  let resident: Resident | null = null
  // Past tensors of the run under way, dead when it ends.
  let running: readonly Tensor[] = []

  function hold(place: Place, length: number): HeldPlace {
    place.node.pins++
    tree.touch(place.node)
    return { ...place, length, logits: null }
  }

  /** The resident tensors, when they are exactly these rows' past. */
  function residentOf(rows: readonly HeldPlace[]): Resident | null {
    if (resident === null || resident.rows.length !== rows.length) return null
    const same = resident.rows.every((place, r) => place.node === rows[r]?.node && place.offset === rows[r]?.offset)
    return same ? resident : null
  }

  function pastTensors(rows: readonly HeldPlace[], past: number): Tensor[] {
    const arrays = slots.map((slot) => new Float32Array(rows.length * past * slot.size))
    for (const [row, held] of rows.entries())
      gather(held.node, Math.min(held.length, past), slots, arrays, { row, columns: past })
    return slots.map(({ dims }, s) => {
      return new Tensor('float32', arrays[s] as Float32Array, [rows.length, dims[0] as number, past, dims[1] as number])
    })
  }

  function mask(rows: readonly HeldPlace[], past: number, count: number): Tensor {
    const columns = past + count
    const values = new BigInt64Array(rows.length * columns).fill(1n)
    for (const [r, row] of rows.entries()) {
      const padding = Math.max(0, past - row.length)
      values.fill(0n, r * columns, r * columns + padding)
    }
    return new Tensor('int64', values, [rows.length, columns])
  }

  function prepare(rows: readonly HeldPlace[], count: number): Prepared {
    const kept = residentOf(rows)
    const lengths = rows.map((row) => row.length)
    const longest = Math.max(...lengths)
    const past = kept?.past ?? (deterministic ? Math.min(...lengths) : longest)
    const reads = deterministic ? count + longest - past : count
    const tensors = kept?.tensors ?? pastTensors(rows, past)
    if (kept === null) resident?.tensors.forEach(free)
    resident = null
    running = tensors
    const feeds: Record<string, Tensor> = {}
    for (const [s, slot] of slots.entries()) feeds[slot.input] = tensors[s] as Tensor
    if (signature.takesMask) feeds['attention_mask'] = mask(rows, past, reads)
    return { feeds, past, from: deterministic ? lengths.map(() => past) : lengths, reads }
  }

  function presents(outputs: Tensors): Tensor[] {
    return slots.map((slot) => outputs[slot.output] as Tensor)
  }

  return {
    start: () => hold({ node: tree.root, offset: 0 }, 0),
    // The last token of the context is computed again: its logits aren't kept.
    find: (tokens, context) => {
      const place = tree.walk({ node: tree.root, offset: 0 }, tokens, 0, Math.max(0, context - 1 - reread))
      return hold(place, place.node.depth + place.offset)
    },
    choose: (candidates, count) => {
      const chosen: number[] = []
      let longest = 0
      let shortest = Number.POSITIVE_INFINITY
      let real = 0
      for (const [index, { length }] of candidates.entries()) {
        const columns = Math.max(longest, length) + count
        const area = columns * (chosen.length + 1)
        const filled = real + length + count
        const spread = columns - count - Math.min(shortest, length)
        // A batch that is more padding than text costs more than two batches.
        const fits = pads ? area <= 2 * filled + 64 * chosen.length : spread <= (deterministic ? longestReread : 0)
        if (chosen.length > 0 && (!fits || area * bytesPerToken > maxBytes)) continue
        chosen.push(index)
        longest = columns - count
        shortest = Math.min(shortest, length)
        real = filled
      }
      return chosen
    },
    prepare,
    absorb: (rows, { past, reads, outputs }) => {
      const tensors = presents(outputs)
      const arrays = tensors.map((tensor) => tensor.data as Float32Array)
      const columns = past + reads
      const held = rows.map(({ held: before, tokens }, row) => {
        const place = tree.append(before, tokens, before.length, arrays, {
          row,
          end: deterministic ? tokens.length : columns,
          columns,
        })
        const after = hold({ node: place.node, offset: place.offset - reread }, tokens.length - reread)
        before.node.pins--
        return after
      })
      running.forEach(free)
      if (deterministic) tensors.forEach(free)
      else resident = { rows: held, past: columns, tensors }
      tree.evict()
      return held
    },
    release: (held: { readonly node: CacheNode }) => {
      held.node.pins--
      tree.evict()
    },
    get bytes() {
      return tree.bytes
    },
    get entries() {
      return tree.entries
    },
  }
}
