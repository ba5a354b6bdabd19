/** Bytes that texts with a common beginning share; the first `used` of them belong to one of the texts. */
interface Store {
  bytes: Uint8Array
  used: number
}

const none = new Uint8Array(0)
/** Bytes that a text has room for at first. */
const first = 256

/** The bytes of a text that grows at its end. */
export class GrowingText {
  #store: Store
  #length = 0

  constructor(store: Store = { bytes: none, used: 0 }) {
    this.#store = store
  }

  get length(): number {
    return this.#length
  }

  push(byte: number): void {
    this.#reserve(1)
    this.#store.bytes[this.#length++] = byte
    this.#store.used = this.#length
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#store.bytes.set(bytes, this.#length)
    this.#length += bytes.length
    this.#store.used = this.#length
  }

  /** A copy of the bytes from `offset` to the end. */
  since(offset: number): Uint8Array {
    return this.#store.bytes.slice(offset, this.#length)
  }

  /** A copy without the bytes of a last character that is not yet whole. */
  wholeCharacters(): Uint8Array {
    let end = this.#length
    // A continuation byte is 10xxxxxx; a character has at most three of them (RFC 3629 §3).
    let start = end - 1
    while (start > 0 && end - start < 4 && ((this.#store.bytes[start] as number) & 0xc0) === 0x80) start--
    const lead = start < 0 ? 0 : (this.#store.bytes[start] as number)
    const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
    if (start >= 0 && start + length > end) end = start
    return this.#store.bytes.slice(0, end)
  }

  /** A text that is the same so far. It costs nothing until the two go different ways. */
  clone(): GrowingText {
    const copy = new GrowingText(this.#store)
    copy.#length = this.#length
    return copy
  }

  /** Makes room for `extra` bytes that are this text's alone. */
  #reserve(extra: number): void {
    const { bytes, used } = this.#store
    if (used === this.#length && used + extra <= bytes.length) return
    const needed = this.#length + extra
    const own = new Uint8Array(needed <= bytes.length ? bytes.length : Math.max(needed, bytes.length * 2, first))
    own.set(bytes.subarray(0, this.#length))
    this.#store = { bytes: own, used: this.#length }
  }
}
