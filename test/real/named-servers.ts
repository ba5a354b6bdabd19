export interface NamedServer {
  readonly kind: string
  readonly url: string
  readonly tokenizer: string | null
  readonly model: string | null
  readonly apiKey: string | null
}

type Environment = Readonly<Record<string, string | undefined>>

/** The servers of `TUTTI_REAL`, with what further variables say of each kind. */
export function namedServers(env: Environment): NamedServer[] {
  const named = (env['TUTTI_REAL'] ?? '').split(/\s+/).filter((word) => word !== '')
  return named.map((word) => {
    const [, kind, url] = /^(\w+)=(https?:\/\/.+)$/.exec(word) ?? []
    if (kind === undefined || url === undefined) throw new Error(`TUTTI_REAL: "${word}" is not KIND=URL`)
    const of = (what: string) => env[`TUTTI_REAL_${kind.toUpperCase()}_${what}`] ?? null
    return { kind, url, tokenizer: of('TOKENIZER'), model: of('MODEL'), apiKey: of('KEY') }
  })
}

export const howTo = `Set TUTTI_REAL to the servers that the contract is to be held against, KIND=URL each:

  TUTTI_REAL='llamacpp=http://127.0.0.1:8081 vllm=http://127.0.0.1:8000' TUTTI_REAL_VLLM_TOKENIZER=path npm run test:real

and for each kind, where it needs them: TUTTI_REAL_<KIND>_TOKENIZER (tokenizer.json or its folder), TUTTI_REAL_<KIND>_MODEL
(name at the server), TUTTI_REAL_<KIND>_KEY.`
