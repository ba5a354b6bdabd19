/**
 * Indexes of the k largest values, largest first, equals by index. One pass with a heap of k entries whose root is the
 * worst kept: most values lose against the root at once, so the cost is near that of reading the values.
 */
export function topK(values: Float32Array, k: number): Int32Array {
  const heap = new Int32Array(Math.min(k, values.length))
  if (heap.length === 0) return heap
  const worse = (a: number, b: number) => {
    const difference = (values[a] as number) - (values[b] as number)
    return difference < 0 || (difference === 0 && a > b)
  }
  const sink = (from: number) => {
    const index = heap[from] as number
    let hole = from
    for (;;) {
      let child = 2 * hole + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && worse(heap[child + 1] as number, heap[child] as number)) child++
      if (!worse(heap[child] as number, index)) break
      heap[hole] = heap[child] as number
      hole = child
    }
    heap[hole] = index
  }
  for (let i = 0; i < heap.length; i++) heap[i] = i
  for (let i = (heap.length >> 1) - 1; i >= 0; i--) sink(i)
  for (let i = heap.length; i < values.length; i++) {
    if (!worse(heap[0] as number, i)) continue
    heap[0] = i
    sink(0)
  }
  return heap.sort((a, b) => (values[b] as number) - (values[a] as number) || a - b)
}
