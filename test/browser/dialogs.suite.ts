import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConsolePage } from './console-page.ts'
import { startSmallGateway } from './gateways.ts'
import { useConsole } from './use-console.ts'

const { open } = useConsole(() => startSmallGateway('top_k: 100'))

test.each(['#complete-curl', '#key-button'])(
  'Esc in the dialog of %s closes it, and the text is written on',
  async (button) => {
    const { page } = await open({ hash: '#complete?maxTokens=1000' })
    await page.locator('#sliders .slider').first().waitFor()
    await page.locator('#run').click()
    await page.locator('#text-0 .piece').nth(3).waitFor()
    await page.locator(button).click()
    await page.locator('dialog[open]').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('dialog[open]').waitFor({ state: 'detached' })
    const before = await page.locator('#text-0 .piece').count()
    await page
      .locator('#text-0 .piece')
      .nth(before + 5)
      .waitFor()
    expect(await page.locator('#complete-status').textContent()).toBe('Writing…')
    await page.keyboard.press('Escape')
    await page.locator('#complete-status', { hasText: /^Stopped after/ }).waitFor()
  },
)

describe('where the gateway has keys', () => {
  const secret = 'tutti-key-of-the-dialogs-test'
  let looks = 0
  beforeAll(() => {
    process.env['DIALOGS_TEST_KEY'] = secret
  })
  afterAll(() => {
    delete process.env['DIALOGS_TEST_KEY']
  })
  const closed = useConsole(() =>
    startSmallGateway('top_k: 100', 'server: { keys: [{ name: tester, env: DIALOGS_TEST_KEY }] }'),
  )

  async function openClosed(hash: string): Promise<ConsolePage['page']> {
    const { page } = await closed.open({ hash, expected: /status of 401/ })
    looks = 0
    page.on('response', (response) => {
      if (response.url().endsWith('/v1/ensembles')) looks++
    })
    await page.locator('#key-dialog[open]').waitFor()
    return page
  }

  test('whoever cancels is not asked at each look at the members, but when asking for something', async () => {
    const page = await openClosed('#members')
    await page.locator('#key-cancel').click()
    const before = looks
    await expect.poll(() => looks, { timeout: 15_000 }).toBeGreaterThan(before + 1)
    expect(await page.locator('#key-dialog').isHidden()).toBe(true)
    expect(await page.locator('#failure').isVisible()).toBe(true)
    await page.locator('#tab-classify').click()
    await page.locator('#classify-run').click()
    await page.locator('#key-dialog[open]').waitFor()
  })

  test('a wrong key is told each time it is given, and the right one is used', async () => {
    const page = await openClosed('#members')
    for (let attempt = 0; attempt < 2; attempt++) {
      await page.locator('#key-field').fill('wrong')
      await page.keyboard.press('Enter')
      await page.locator('#key-reason', { hasText: 'does not know this key' }).waitFor()
      await page.locator('#key-dialog[open]').waitFor()
    }
    await page.locator('#key-field').fill(` ${secret} `)
    await page.keyboard.press('Enter')
    await page.locator('article.member').first().waitFor()
  })

  test('a key that no browser can send is refused in the form, and not kept', async () => {
    const page = await openClosed('#members')
    await page.locator('#key-field').fill('ключ')
    await page.keyboard.press('Enter')
    await page.locator('#key-reason', { hasText: 'can’t stand in a key' }).waitFor()
    expect(await page.locator('#key-dialog').isVisible()).toBe(true)
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
  })
})
