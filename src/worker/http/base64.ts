/** Base64 of an array's memory; little-endian on every platform ONNX Runtime has binaries for. */
export function toBase64(array: Int32Array | Float32Array | Float64Array | Uint8Array): string {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64')
}
