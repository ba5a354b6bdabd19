/** IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. */
function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * 2 ** -24 * fraction
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * 2 ** (exponent - 25) * (fraction + 0x400)
}

/**
 * Numbers of a raw tensor, little-endian. BF16 is the upper half of a FP32.
 *
 * @returns null for a datatype that is no kind of floating-point number, or bytes that are no whole number of them.
 */
export function decodeNumbers(bytes: Buffer, datatype: string): Float32Array | null {
  const width = { FP16: 2, BF16: 2, FP32: 4, FP64: 8 }[datatype]
  if (width === undefined || bytes.length % width !== 0) return null
  // A copy: the bytes stand at any offset, an array of 4-byte numbers may not.
  const memory = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
  switch (datatype) {
    case 'FP16':
      return Float32Array.from(new Uint16Array(memory), halfOf)
    case 'BF16':
      return new Float32Array(Uint32Array.from(new Uint16Array(memory), (bits) => bits << 16).buffer)
    case 'FP64':
      return Float32Array.from(new Float64Array(memory))
    default:
      return new Float32Array(memory)
  }
}
