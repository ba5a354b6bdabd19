import { expect, test } from 'vitest'
import type { ConsolePage } from './console-page.ts'
import { inPage } from './console-page.ts'
import { startSmallGateway } from './gateways.ts'
import { useConsole } from './use-console.ts'

const { open } = useConsole(() => startSmallGateway('top_k: 5, per_request: [weights]'))

type Page = ConsolePage['page']
const shows = (page: Page, tab: string) => page.locator(`#panel-${tab}`).waitFor()
const settled = (page: Page, said: string) => expect.poll(() => page.url()).toContain(said)

test('steps back and forth lose nothing that was typed on another tab', async () => {
  const { page } = await open()
  await page.locator('#prompt').fill('typed first')
  await page.locator('#tab-score').click()
  await page.locator('#text').fill('typed on Score')
  await settled(page, 'typed+on+Score')
  await page.goBack()
  await shows(page, 'complete')
  expect(await page.locator('#prompt').inputValue()).toBe('typed first')
  await page.locator('#prompt').fill('typed later')
  await page.goForward()
  await shows(page, 'score')
  expect(await page.locator('#text').inputValue()).toBe('typed on Score')
  await page.goBack()
  await shows(page, 'complete')
  await page.locator('#tab-score').click()
  expect(await page.locator('#text').inputValue()).toBe('typed on Score')
  await page.locator('#tab-complete').click()
  expect(await page.locator('#prompt').inputValue()).toBe('typed later')
})

test('the entry that is left at once has what was typed just before', async () => {
  const { page } = await open()
  // Faster than any hand: in one task.
  await inPage(
    page,
    `(() => {
      const prompt = document.querySelector('#prompt')
      prompt.value = 'typed just now'
      prompt.dispatchEvent(new Event('input'))
      document.querySelector('#tab-score').click()
    })()`,
  )
  await shows(page, 'score')
  const entries = await inPage<string[]>(page, 'navigation.entries().map(({ url }) => url)')
  expect(entries.at(-2)).toMatch(/#complete\?.*prompt=typed\+just\+now/)
})

test('an address that a person brings is taken as a whole, and a step back undoes that', async () => {
  const { page } = await open({ hash: '#complete?prompt=one' })
  await page.locator('#tab-score').click()
  await page.locator('#text').fill('typed on Score')
  await settled(page, 'typed+on+Score')
  await inPage(page, "void (location.hash = '#classify?prompt=two&input=three')")
  await shows(page, 'classify')
  expect(await page.locator('#input').inputValue()).toBe('three')
  expect(await page.locator('#prompt').inputValue()).toBe('two')
  expect(await page.locator('#text').inputValue()).not.toBe('typed on Score')
  await page.goBack()
  await shows(page, 'score')
  expect(await page.locator('#text').inputValue()).toBe('typed on Score')
  expect(await page.locator('#prompt').inputValue()).toBe('one')
  await page.goForward()
  await shows(page, 'classify')
  expect(await page.locator('#prompt').inputValue()).toBe('two')
})

test('a long text stays out of the address, which the page says, and a step back keeps it', async () => {
  const { page } = await open()
  const long = 'длинный текст '.repeat(64_000)
  await page.locator('#prompt').fill(long)
  await page.locator('#seed').fill('7')
  await page.locator('#left-out', { hasText: 'the text to continue' }).waitFor()
  await settled(page, 'seed=7')
  expect(page.url().length).toBeLessThan(200)
  await page.locator('#tab-score').click()
  await page.goBack()
  await shows(page, 'complete')
  expect((await page.locator('#prompt').inputValue()) === long).toBe(true)
  await page.locator('#prompt').fill('short')
  expect(await page.locator('#left-out').textContent()).toBe('')
  await settled(page, 'prompt=short')
})

test('of a long prompt the end stands before what follows it', async () => {
  const { page } = await open({ expected: /status of 400/ })
  await page.locator('#sliders .slider').first().waitFor()
  await page.locator('#prompt').fill(`${'x'.repeat(400_000)} the end`)
  await page.locator('#run').click()
  await page.locator('#failure').waitFor()
  expect(await page.locator('.prompt').textContent()).toMatch(/^…x{3992} the end$/)
})
