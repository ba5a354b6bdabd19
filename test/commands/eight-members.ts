import { startWorker } from '../../src/worker/start-worker.ts'
import { smallModel } from '../conformance/support.ts'
import { startTwin } from '../wire/kit/twin.ts'
import { tinyModel } from '../wire/kit/twin-model.ts'
import { llamacpp } from '../wire/llamacpp.ts'
import { sglang } from '../wire/sglang.ts'
import { tgi } from '../wire/tgi.ts'
import { vllm } from '../wire/vllm.ts'
import { modelDir } from '../worker/support.ts'

/** A key of the example, which must never be shown. */
export const secret = 'sk-never-shown'

/** The servers of a configuration of eight members, two of them wrong: what docs/checking.md shows. */
export async function startEight() {
  const tiny = await tinyModel()
  const [worker, llama, other, keyed, scoring, texts] = await Promise.all([
    startWorker({ modelDir: modelDir('tiny-gpt') }),
    startTwin(llamacpp, tiny),
    startTwin(llamacpp, smallModel()),
    startTwin(vllm, tiny, { apiKey: secret }),
    startTwin(sglang, tiny),
    startTwin(tgi, tiny),
  ])
  const tokenizer = modelDir('tiny-gpt')
  const config = `
members:
  worker: { kind: onnx, url: '${worker.url}' }
  llama: { kind: llamacpp, url: '${llama.url}' }
  toy: { kind: llamacpp, url: '${other.url}' }
  vllm: { kind: vllm, url: '${keyed.url}', api_key: '\${KEY}', tokenizer: '${tokenizer}' }
  sglang: { kind: sglang, url: '${scoring.url}', tokenizer: '${tokenizer}' }
  tgi: { kind: tgi, url: '${texts.url}', tokenizer: '${tokenizer}' }
  wrong-file: { kind: vllm, url: '${keyed.url}', api_key: '\${KEY}', tokenizer: '${modelDir('tiny-gru')}' }
  wrong-name: { kind: llamacpp, url: '${llama.url}', model: smollm2 }
ensembles:
  alike: { members: [{ id: worker }, { id: llama }, { id: vllm }, { id: sglang }], granularity: token }
  mixed: { members: [{ id: worker }, { id: toy }, { id: tgi }] }
  lame: { members: [{ id: llama }, { id: wrong-file }] }
  broken: { members: [{ id: llama }, { id: wrong-name }], granularity: token, quorum: 2 }
`
  const twins = [llama, other, keyed, scoring, texts]
  /** Which server has which port, so that pages can show others. */
  const ports = [worker, ...twins].map(({ url }) => new URL(url).port)
  return { config, ports, close: () => Promise.all([worker, ...twins].map((server) => server.close())) }
}
