import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'

const shipped = (name: string) => fileURLToPath(new URL(`../../config/${name}`, import.meta.url))

test.each(['default.yaml', 'compose.yaml'])('config/%s is valid without any environment', async (name) => {
  const config = await loadConfig(shipped(name), {})
  expect(config.ensembles.map((ensemble) => ensemble.name)).toEqual(['tutti'])
  expect(config.members.map((member) => member.id)).toEqual(['byte-gru', 'bpe2k-gpt', 'bpe4k-gpt'])
})

test('the containers serve the same ensemble as the default', async () => {
  const [embedded, containers] = await Promise.all([
    loadConfig(shipped('default.yaml'), {}),
    loadConfig(shipped('compose.yaml'), {}),
  ])
  expect(containers.ensembles).toEqual(embedded.ensembles)
})

test('a file that does not exist is named, with what to do', async () => {
  await expect(loadConfig('/nowhere/tutti.yaml', {})).rejects.toMatchObject({
    code: 'invalid_config',
    message: '/nowhere/tutti.yaml does not exist; give another with --config FILE',
  })
})
