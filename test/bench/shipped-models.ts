import { fileURLToPath } from 'node:url'
import { defineOnnxMember } from '../../src/members/onnx/define-onnx-member.ts'
import { startWorker } from '../../src/worker/start-worker.ts'
import { ListSource } from './list-source.ts'

export const shippedModels = ['byte-gru', 'bpe2k-gpt', 'bpe4k-gpt'] as const

/** Workers of the shipped models in this process, each as a fresh source of lists for every call of `source`. */
export async function startShippedModels(names: readonly string[] = shippedModels) {
  const workers = await Promise.all(
    names.map((name) => startWorker({ modelDir: fileURLToPath(new URL(`../../models/${name}`, import.meta.url)) })),
  )
  const members = workers.map(({ url }, index) => defineOnnxMember({ id: names[index] as string, url }))
  const probes = await Promise.all(members.map((member) => member.probe(AbortSignal.timeout(20_000))))
  return {
    members: members.map((member, index) => ({ member, probe: probes[index] as (typeof probes)[number] })),
    sources: (): ListSource[] =>
      members.map((member, index) => new ListSource(member, probes[index] as (typeof probes)[number])),
    close: async () => {
      await Promise.all([...members, ...workers].map((each) => each.close()))
    },
  }
}
