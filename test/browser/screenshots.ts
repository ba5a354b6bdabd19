/** The pictures of README.md and docs/console.md, made anew: `npm run screenshots`. */
import { mkdir, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { startGateway } from '../end-to-end/gateway.ts'
import { launchChromium } from './chromium.ts'
import { openConsole, run } from './console-page.ts'

const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url))
const mostBytes = 250_000

/** What is done on each tab before its picture is taken. */
const scenes: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  async complete(page) {
    await run(page)
    const shades = await page
      .locator('#text-0 .piece')
      .evaluateAll((nodes: { style: { getPropertyValue(name: string): string } }[]) =>
        nodes.map((node) => Number(node.style.getPropertyValue('--shade'))),
      )
    // Where one member was surest against the others, in the first line or two.
    const index = shades.indexOf(Math.max(...shades.slice(4, 30)))
    await page.locator('#text-0 .piece').nth(index).hover()
  },
  async classify(page) {
    await page.locator('#classify-run').click()
    await page.locator('#classify-result').waitFor()
  },
  async score(page) {
    await page.locator('#score-run').click()
    await page.locator('#score-result').waitFor()
  },
  async members(page) {
    // A few looks while something goes on, so that there is a line of latencies to see.
    let looks = 0
    page.on('response', (response) => {
      if (response.url().endsWith('/v1/ensembles')) looks++
    })
    for (let seed = 0; looks < 8; seed++) {
      const data = { model: 'tutti', prompt: 'The', max_tokens: 5 + 15 * (seed % 3), seed }
      await page.request.post(new URL('v1/completions', page.url()).href, { data })
      await sleep(400)
    }
  },
}

/** The page from its top to where these elements end: what one sees first, not all there is. */
async function downTo(page: Page, selectors: readonly string[]) {
  const boxes = await Promise.all(selectors.map((selector) => page.locator(selector).boundingBox()))
  const ends = boxes.map((box) => (box === null ? 0 : box.y + box.height))
  return { x: 0, y: 0, width: 1280, height: Math.ceil(Math.max(...ends) + 16) }
}

const [browser, gateway] = await Promise.all([launchChromium(), startGateway()])
await mkdir(folder, { recursive: true })
try {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [tab, act] of Object.entries(scenes)) {
      // The start page is the one without an address.
      const hash = tab === 'complete' ? '' : `#${tab}`
      const { page, complaints } = await openConsole(browser, gateway.url, { colorScheme, hash })
      await page.locator('#sliders .slider').first().waitFor({ state: 'attached' })
      await act(page)
      const path = `${folder}console-${tab}-${colorScheme}.png`
      await page.screenshot({
        path,
        fullPage: true,
        ...(tab === 'complete' && { clip: await downTo(page, ['#waves', '#inspector']) }),
      })
      await page.context().close()
      const { size } = await stat(path)
      console.log(`${path}: ${Math.round(size / 1000)} KB`)
      if (size > mostBytes) throw new Error(`${path} has ${size} bytes, more than ${mostBytes}`)
      if (complaints.length > 0) throw new Error(`the page complains: ${complaints.join('; ')}`)
    }
  }
} finally {
  await browser.close()
  await gateway.stop()
}
