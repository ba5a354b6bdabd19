import type { Vocabulary } from '../../core/lattice/vocabulary.ts'

/** Vocabularies by fingerprint: members with one tokenizer share one table and one trie. */
export interface VocabularyCache {
  get(fingerprint: string, load: () => Promise<Vocabulary>): Promise<Vocabulary>
}

export function defineVocabularyCache(): VocabularyCache {
  const known = new Map<string, Promise<Vocabulary>>()
  return {
    get: (fingerprint, load) => {
      const before = known.get(fingerprint)
      if (before !== undefined) return before
      const loading = load()
      known.set(fingerprint, loading)
      // A failed download is tried again by the next probe.
      loading.catch(() => known.delete(fingerprint))
      return loading
    },
  }
}
