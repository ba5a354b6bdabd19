/** The bytes of a text that grows at its end. */
export class GrowingText {
  #bytes = new Uint8Array(256)
  #length = 0

  get length(): number {
    return this.#length
  }

  push(byte: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = byte
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** A copy of the bytes from `offset` to the end. */
  since(offset: number): Uint8Array {
    return this.#bytes.slice(offset, this.#length)
  }

  /** A copy without the bytes of a last character that is not yet whole. */
  wholeCharacters(): Uint8Array {
    let end = this.#length
    // A continuation byte is 10xxxxxx; a character has at most three of them (RFC 3629 §3).
    let start = end - 1
    while (start > 0 && end - start < 4 && ((this.#bytes[start] as number) & 0xc0) === 0x80) start--
    const lead = start < 0 ? 0 : (this.#bytes[start] as number)
    const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
    if (start >= 0 && start + length > end) end = start
    return this.#bytes.slice(0, end)
  }

  clone(): GrowingText {
    const copy = new GrowingText()
    copy.append(this.#bytes.subarray(0, this.#length))
    return copy
  }

  #reserve(extra: number): void {
    if (this.#length + extra <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#length + extra, this.#bytes.length * 2))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}
