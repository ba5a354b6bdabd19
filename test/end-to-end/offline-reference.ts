/**
 * The ensemble's next-byte distribution computed a second time, from nothing but the model files: no worker, no HTTP, no
 * state reuse, no tries, and none of the product's code. Slow and plain on purpose.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import { InferenceSession, Tensor } from 'onnxruntime-node'

/** GPT-2's printable stand-ins for the 256 bytes (openai/gpt-2, src/encoder.py, bytes_to_unicode). */
function byteOfCharacter(): Map<string, number> {
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
  const map = new Map<string, number>()
  let extra = 256
  for (let byte = 0; byte < 256; byte++) map.set(String.fromCodePoint(printable(byte) ? byte : extra++), byte)
  return map
}

interface Hypothesis {
  readonly tokens: readonly number[]
  /** Bytes since the end of the last token, as a latin-1 string. */
  readonly partial: string
  readonly weight: number
}

export class OfflineModel {
  readonly #session: InferenceSession
  readonly #tokenizer: Tokenizer
  /** Bytes of each token as a latin-1 string; null for the end token. */
  readonly #pieces: (string | null)[]
  readonly #memory = new Map<string, Float64Array>()

  private constructor(session: InferenceSession, tokenizer: Tokenizer, pieces: (string | null)[]) {
    this.#session = session
    this.#tokenizer = tokenizer
    this.#pieces = pieces
  }

  static async load(folder: string): Promise<OfflineModel> {
    const json = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8'))
    const config = JSON.parse(readFileSync(join(folder, 'tokenizer_config.json'), 'utf8'))
    const { eos_token_id: end } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))
    const alphabet = byteOfCharacter()
    const pieces: (string | null)[] = []
    for (const [piece, id] of Object.entries<number>(json.model.vocab)) {
      pieces[id] = [...piece].map((character) => String.fromCharCode(alphabet.get(character) ?? 0)).join('')
    }
    pieces[end] = null
    const session = await InferenceSession.create(join(folder, 'onnx/model_quantized.onnx'), { intraOpNumThreads: 1 })
    return new OfflineModel(session, new Tokenizer(json, config), pieces)
  }

  /** Probabilities of all tokens after a context, from one run over the whole context. */
  async #after(tokens: readonly number[]): Promise<Float64Array> {
    const key = tokens.join()
    const known = this.#memory.get(key)
    if (known !== undefined) return known
    const ids = (values: readonly number[]) =>
      new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length])
    const given: Record<string, Tensor> = {
      input_ids: ids(tokens),
      attention_mask: ids(tokens.map(() => 1)),
      position_ids: ids([...tokens.keys()]),
    }
    const feeds: Record<string, Tensor> = {}
    for (const input of this.#session.inputMetadata) {
      if (!input.isTensor) throw new Error(`${input.name} is no tensor`)
      // The first symbolic axis is the batch; a second one of a state is its past length, 0 here.
      const shape = input.shape.map((size, axis) => (typeof size === 'number' && size > 0 ? size : axis === 0 ? 1 : 0))
      feeds[input.name] =
        given[input.name] ??
        new Tensor('float32', new Float32Array(shape.reduce((product, size) => product * size, 1)), shape)
    }
    const { logits } = await this.#session.run(feeds)
    const [, , size] = logits!.dims as [number, number, number]
    const last = Array.from((logits!.data as Float32Array).subarray(-size))
    const most = Math.max(...last)
    const exponentials = last.map((logit) => Math.exp(logit - most))
    const sum = exponentials.reduce((a, b) => a + b, 0)
    const probabilities = Float64Array.from(exponentials, (value) => value / sum)
    this.#memory.set(key, probabilities)
    return probabilities
  }

  /** The distribution of the byte (0–255) or end (256) after a text, by the definition in docs/architecture.md. */
  async nextByte(text: string, tau: number): Promise<Float64Array> {
    const latin1 = Buffer.from(text, 'utf8').toString('latin1')
    let { hypotheses, rest, own } = this.#root(text, latin1)
    let remainder = 0
    for (const byte of rest) {
      const { alive, pruned } = await this.#advance(hypotheses, byte, tau, own)
      hypotheses = alive
      remainder = remainder / 4 + pruned
      if (remainder > 0 && remainder < 1e-9) remainder = 1e-9
    }
    const masses = new Float64Array(257)
    for (const { tokens, partial, weight } of hypotheses) {
      const probabilities = await this.#after(tokens)
      this.#pieces.forEach((piece, id) => {
        const mass = weight * probabilities[id]!
        if (piece === null) masses[256]! += partial === '' ? mass : 0
        else if (piece.length > partial.length && piece.startsWith(partial))
          masses[piece.charCodeAt(partial.length)]! += mass
      })
    }
    // The texts of the tests end with a whole character: no continuation byte, no byte that never begins one.
    for (let byte = 0x80; byte < 256; byte++) if (byte < 0xc2 || byte > 0xf4) masses[byte] = 0
    const total = masses.reduce((a, b) => a + b, 0)
    const begins = (symbol: number) => this.#pieces.some((piece) => piece?.charCodeAt(0) === symbol)
    const possible = [...masses.keys()].filter((x) => (x < 0x80 || (x >= 0xc2 && x <= 0xf4)) && begins(x))
    const mixed = masses.map((mass) => (mass / total) * (1 - remainder))
    for (const x of possible) mixed[x]! += remainder / possible.length
    return mixed
  }

  /** The last border of the text's own tokenization from which any token that crosses the text's end can be reached. */
  #root(text: string, latin1: string): { hypotheses: Hypothesis[]; rest: string; own: readonly number[] } {
    const tokens = this.#tokenizer.encode(text).ids
    let crossing = latin1.length
    for (let start = Math.max(0, latin1.length - 64); start < latin1.length && crossing === latin1.length; start++) {
      const tail = latin1.slice(start)
      if (this.#pieces.some((piece) => piece !== null && piece.length > tail.length && piece.startsWith(tail)))
        crossing = start
    }
    const kept = [...tokens]
    let border = latin1.length
    while (border > crossing) border -= this.#pieces[kept.pop() as number]?.length ?? 0
    return { hypotheses: [{ tokens: kept, partial: '', weight: 1 }], rest: latin1.slice(border), own: tokens }
  }

  async #advance(
    hypotheses: readonly Hypothesis[],
    byte: string,
    tau: number,
    own: readonly number[],
  ): Promise<{ alive: Hypothesis[]; pruned: number }> {
    const within: Hypothesis[] = []
    const opened: Hypothesis[] = []
    let mass = 0
    for (const { tokens, partial, weight } of hypotheses) {
      const probabilities = await this.#after(tokens)
      const longer = partial + byte
      let alive = false
      this.#pieces.forEach((piece, id) => {
        if (piece === null || !piece.startsWith(longer)) return
        const reached = weight * probabilities[id]!
        mass += reached
        if (piece.length > longer.length) alive = true
        else opened.push({ tokens: [...tokens, id], partial: '', weight: reached })
      })
      if (alive) within.push({ tokens, partial: longer, weight })
    }
    // The text's own tokenization is never pruned.
    const isLight = ({ tokens, weight }: Hypothesis) =>
      weight < tau * mass && !tokens.every((token, at) => token === own[at])
    const heavy = opened.filter((each) => !isLight(each))
    const light = opened.filter(isLight)
    return { alive: [...within, ...heavy], pruned: light.reduce((sum, { weight }) => sum + weight, 0) / mass }
  }
}
