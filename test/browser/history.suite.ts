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
