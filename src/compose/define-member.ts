import type { MemberConfig } from '../config/config.ts'
import { TuttiError } from '../errors.ts'
import { defineLlamacppMember } from '../members/llamacpp/define-llamacpp-member.ts'
import type { Member } from '../members/member.ts'
import { defineOipMember } from '../members/oip/define-oip-member.ts'
import { defineOllamaMember } from '../members/ollama/define-ollama-member.ts'
import { defineOnnxMember } from '../members/onnx/define-onnx-member.ts'
import { defineOpenaiMember } from '../members/openai/define-openai-member.ts'
import type { ReplicaChange } from '../members/resilient/replicas.ts'
import { resilient } from '../members/resilient/resilient-member.ts'
import { defineSglangMember } from '../members/sglang/define-sglang-member.ts'
import { defineTgiMember } from '../members/tgi/define-tgi-member.ts'
import { defineVllmMember } from '../members/vllm/define-vllm-member.ts'
import { type LoadedTokenizer, loadTokenizer } from '../tokenizer/load-tokenizer.ts'

type Kind = MemberConfig['kind']

type Tokenizer<K extends Kind> =
  Extract<MemberConfig, { kind: K }> extends { readonly tokenizer: string } ? LoadedTokenizer : LoadedTokenizer | null

/** Makes the member of one replica. */
type Adapter<K extends Kind> = (
  config: Extract<MemberConfig, { kind: K }>,
  url: string,
  tokenizer: Tokenizer<K>,
) => Member

/** The adapter of each kind. */
const adapters: { readonly [K in Kind]: Adapter<K> } = {
  onnx: ({ id, timeouts }, url) => defineOnnxMember({ id, url, ...timeouts }),
  llamacpp: (config, url, tokenizer) => defineLlamacppMember({ ...config, url, tokenizer, limits: config.timeouts }),
  vllm: (config, url, tokenizer) => defineVllmMember({ ...config, url, tokenizer, limits: config.timeouts }),
  sglang: (config, url, tokenizer) => defineSglangMember({ ...config, url, tokenizer, limits: config.timeouts }),
  tgi: (config, url, tokenizer) => defineTgiMember({ ...config, url, tokenizer, limits: config.timeouts }),
  openai: (config, url, tokenizer) => defineOpenaiMember({ ...config, url, tokenizer, limits: config.timeouts }),
  ollama: (config, url, tokenizer) => defineOllamaMember({ ...config, url, tokenizer, limits: config.timeouts }),
  oip: (config, url, tokenizer) => defineOipMember({ ...config, url, tokenizer, limits: config.timeouts }),
}

/**
 * The tokenizer files that members name, read before anything is started.
 *
 * @throws TuttiError `invalid_model` that names the member and what is wrong with its file.
 */
export function loadTokenizers(members: readonly MemberConfig[]): ReadonlyMap<string, LoadedTokenizer> {
  const byPath = new Map<string, LoadedTokenizer>()
  const byMember = new Map<string, LoadedTokenizer>()
  for (const member of members) {
    if (!('tokenizer' in member) || member.tokenizer === null) continue
    const path = member.tokenizer
    try {
      const loaded = byPath.get(path) ?? loadTokenizer(path)
      byPath.set(path, loaded)
      byMember.set(member.id, loaded)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new TuttiError('invalid_model', `tokenizer of member "${member.id}": ${why}`, { member: member.id, cause })
    }
  }
  return byMember
}

/**
 * @param urls of its replicas, at least one.
 * @param onReplica told of each replica that goes down or comes back, where there are several.
 */
export function defineMember(
  config: MemberConfig,
  urls: readonly string[],
  tokenizer: LoadedTokenizer | null,
  onReplica?: (change: ReplicaChange) => void,
): Member {
  // TypeScript can't see that the table's entry and the config are of one kind.
  const adapter = adapters[config.kind] as (config: MemberConfig, url: string, tokenizer: unknown) => Member
  const [first, ...others] = urls.map((url) => adapter(config, url, tokenizer))
  if (first === undefined) throw new TuttiError('internal', `member "${config.id}" has no URL`)
  const surroundings = { clock: () => performance.now(), random: Math.random, onReplica }
  return resilient([first, ...others], config.resilience, surroundings)
}
