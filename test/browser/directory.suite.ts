import { expect, test } from 'vitest'
import { ensembleView } from '../console/ensemble-view.ts'
import { startSmallGateway } from './gateways.ts'
import { useConsole } from './use-console.ts'

const { open } = useConsole(() => startSmallGateway('top_k: 5'))

test('what an address asks of others is as at first: the form shows and sends what this ensemble can take', async () => {
  const directory = [
    ensembleView([
      ['a7', 0.75],
      ['constructor', 0.25],
    ]),
  ]
  const { page } = await open({ directory, hash: '#complete?weights=foo:1&pool=foo&normalisation=foo' })
  await page.locator('#sliders .slider').first().waitFor()
  expect(await page.locator('#sliders output').allTextContents()).toEqual(['75 %', '25 %'])
  expect(await page.locator('#weights-note').textContent()).toContain('As the ensemble has them')
  expect(await page.locator('#pool').inputValue()).toBe('')
  expect(await page.locator('#normalisation').inputValue()).toBe('contextual')
  await page.locator('#complete-curl').click()
  expect(await page.locator('#curl-text').textContent()).not.toMatch(/foo|weights/)
})

test('members called as what every object has show their weights, 0 where none is asked for', async () => {
  const directory = [
    ensembleView([
      ['a7', 0.4],
      ['constructor', 0.2],
      ['toString', 0.2],
      ['hasOwnProperty', 0.2],
    ]),
  ]
  const { page } = await open({ directory, hash: '#complete?weights=a7:1' })
  await page.locator('#sliders .slider').first().waitFor()
  expect(await page.locator('#sliders output').allTextContents()).toEqual(['100 %', '0 %', '0 %', '0 %'])
})

test('a member called `fused` has a place of its own beside the ensemble on Score', async () => {
  const { page } = await open({ hash: '#score' })
  await page.locator('#sliders .slider').first().waitFor({ state: 'attached' })
  await page.route('**/v1/score', async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, body: (await answer.text()).replaceAll('bpe2k-gpt', 'fused') })
  })
  await page.locator('#score-run').click()
  await page.locator('#score-result').waitFor()
  const values = await page
    .locator('#heat option')
    .evaluateAll((options: { value: string }[]) => options.map(({ value }) => value))
  expect(new Set(values).size).toBe(3)
  const label = () => page.locator('#heat-map .piece').first().getAttribute('aria-label')
  const ofEnsemble = await label()
  await page.locator('#heat').selectOption({ label: 'fused' })
  expect(await label()).not.toBe(ofEnsemble)
  expect(await page.locator('#score-table tbody th').allTextContents()).toEqual(['the ensemble', 'byte-gru', 'fused'])
})

test('what the API refuses is told in its words, which name the field once', async () => {
  const { page } = await open({ expected: /status of 400/ })
  await page.locator('#sliders .slider').first().waitFor()
  const told: string[] = []
  for (const message of ['`ensemble.weights`: must have a sum above 0', 'is not known']) {
    const error = { message, type: 'invalid_request_error', param: 'ensemble.weights', code: 'invalid_request' }
    await page.route('**/v1/completions', (route) => route.fulfill({ status: 400, json: { error } }))
    await page.locator('#run').click()
    await page.locator('#complete-status', { hasText: 'Failed' }).waitFor()
    told.push((await page.locator('#failure').textContent())!)
  }
  expect(told).toEqual(['`ensemble.weights`: must have a sum above 0', 'ensemble.weights: is not known'])
})

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
  expect(await page.locator('#pool option').allTextContents()).toEqual([
    'as configured: log_linear',
    'log-linear: weighted product',
  ])
  await page.locator('#complete-curl').click()
  expect(await page.locator('#curl-text').textContent()).not.toContain('weights')
})
