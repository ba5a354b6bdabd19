import { expect, test } from 'vitest'
import { ensembleView } from '../console/ensemble-view.ts'
import { startSmallGateway } from './gateways.ts'
import { useConsole } from './use-console.ts'

const { open } = useConsole(() => startSmallGateway('top_k: 5'))

test('a contrasted member shows its weight below 0, and no slider moves where there is one', async () => {
  const contrasted = ensembleView(
    [
      ['a7', 1.5],
      ['a8', -0.5],
    ],
    'log_linear',
  )
  const { page } = await open({ directory: [contrasted] })
  await page.locator('#sliders .slider').first().waitFor()
  expect(await page.locator('#sliders output').allTextContents()).toEqual(['150 %', '−50 %'])
  for (const id of ['a7', 'a8']) expect(await page.locator(`#weight-${id}`).isDisabled()).toBe(true)
  expect(await page.locator('#equal-weights').isHidden()).toBe(true)
  expect(await page.locator('#weights-note').textContent()).toContain('contrasted')
  await page.locator('#complete-curl').click()
  expect(await page.locator('#curl-text').textContent()).not.toContain('weights')
})
