/** What the console weighs, how soon it is there and what it keeps: `npm run bench:console -- --write` puts it into docs/console.md. */
import { parseArgs } from 'node:util'
import type { CDPSession, Page } from 'playwright-core'
import { describeMachine } from '../bench/machine.ts'
import { writeSection } from '../bench/write-section.ts'
import { startGateway } from '../end-to-end/gateway.ts'
import { launchChromium } from './chromium.ts'
import { inPage, openConsole, run } from './console-page.ts'
import { weightOf } from './weight.ts'

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } })
const loads = 7
const completions = 20
const tokens = 200

const [browser, gateway] = await Promise.all([launchChromium(), startGateway()])

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] as number
}

async function known(page: Page): Promise<void> {
  await page.locator('#sliders .slider').first().waitFor()
}

async function heapMb(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  return usedSize / 1e6
}

try {
  const painted: number[] = []
  const useful: number[] = []
  let weight = { files: 0, bytes: 0 }
  for (let load = 0; load < loads; load++) {
    const { page } = await openConsole(browser, gateway.url)
    await known(page)
    useful.push(await inPage<number>(page, 'performance.now()'))
    painted.push(await inPage<number>(page, "performance.getEntriesByName('first-contentful-paint')[0].startTime"))
    weight = await weightOf(page)
    await page.context().close()
  }

  const { page } = await openConsole(browser, gateway.url, { hash: `#complete?maxTokens=${tokens}&weights=equal` })
  await known(page)
  const session = await page.context().newCDPSession(page)
  const before = await heapMb(session)
  const heaps: number[] = []
  for (let round = 0; round < completions; round++) {
    await page.locator('#new-seed').click()
    await run(page)
    heaps.push(await heapMb(session))
    console.log(`completion ${round + 1}: ${heaps.at(-1)?.toFixed(1)} MB`)
  }
  const rows = [
    ['page, compressed', `${(weight.bytes / 1000).toFixed(0)} KB in ${weight.files} files`],
    ['first paint (prompt, button, explanation)', `${median(painted).toFixed(0)} ms`],
    ['members known, ready to run', `${median(useful).toFixed(0)} ms`],
    ['JavaScript heap when open', `${before.toFixed(1)} MB`],
    [`after 1 completion of ${tokens} tokens`, `${heaps[0]?.toFixed(1)} MB`],
    [`after ${completions}`, `${heaps.at(-1)?.toFixed(1)} MB`],
  ]
  const report = `| what | measured |
|---|---:|
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}

\`npm run bench:console -- --write\`: Chromium ${browser.version()} on the machine of the gateway; times are medians of ${loads} openings with an empty cache, heaps after a collection (${describeMachine()}).`
  console.log(report)
  if (values.write) writeSection('docs/console.md', 'console', report)
} finally {
  await browser.close()
  await gateway.stop()
}
