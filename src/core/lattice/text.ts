/** Bytes that several texts may begin with. They only grow, so a text that ends at `used` may go on in place. */
interface Store {
  bytes: Uint8Array
  used: number
}

/** The bytes of a text that grows at its end. Copies share their bytes until they part. */
export class GrowingText {
  #store: Store = { bytes: new Uint8Array(256), used: 0 }
  #length = 0

  get length(): number {
    return this.#length
  }

  push(byte: number): void {
    const { bytes } = this.#reserve(1)
    bytes[this.#length++] = byte
  }

  append(added: Uint8Array): void {
    const { bytes } = this.#reserve(added.length)
    bytes.set(added, this.#length)
    this.#length += added.length
  }

  /** A copy of the bytes from `offset` to the end. */
  since(offset: number): Uint8Array {
    return this.#store.bytes.slice(offset, this.#length)
  }

  /** A copy without the bytes of a last character that is not yet whole. */
  wholeCharacters(): Uint8Array {
    const { bytes } = this.#store
    let end = this.#length
    // A continuation byte is 10xxxxxx; a character has at most three of them (RFC 3629 §3).
    let start = end - 1
    while (start > 0 && end - start < 4 && ((bytes[start] as number) & 0xc0) === 0x80) start--
    const lead = start < 0 ? 0 : (bytes[start] as number)
    const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
    if (start >= 0 && start + length > end) end = start
    return bytes.slice(0, end)
  }

  clone(): GrowingText {
    const copy = new GrowingText()
    copy.#store = this.#store
    copy.#length = this.#length
    return copy
  }

  /** Takes the next `count` bytes for this text. */
  #reserve(count: number): Store {
    const end = this.#length + count
    const { bytes, used } = this.#store
    // Another text has gone on from here, or there is no room.
    if (used !== this.#length || end > bytes.length) {
      const own = new Uint8Array(end > bytes.length ? Math.max(end, bytes.length * 2) : bytes.length)
      own.set(bytes.subarray(0, this.#length))
      this.#store = { bytes: own, used: end }
    } else this.#store.used = end
    return this.#store
  }
}
