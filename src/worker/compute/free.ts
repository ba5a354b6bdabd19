import type { Tensor } from 'onnxruntime-node'

/**
 * Gives a tensor's memory back at once. ONNX Runtime hands out fresh arrays at every step, small objects with large
 * memory behind them: the garbage collector lets some hundred megabytes of them pile up before it looks.
 */
export function free(tensor: Tensor | undefined): void {
  const { buffer } = (tensor?.data ?? new Float32Array(0)) as Float32Array
  if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0)
}
