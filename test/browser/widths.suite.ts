import { expect, test } from 'vitest'
import { ensembleView } from '../console/ensemble-view.ts'
import { type ConsolePage, inPage, type Options, runTab } from './console-page.ts'
import { startSmallGateway } from './gateways.ts'
import { useConsole } from './use-console.ts'

const { open } = useConsole(() => startSmallGateway('top_k: 5, per_request: [weights, pool]'))

type Page = ConsolePage['page']
const tabs = ['complete', 'classify', 'score', 'members'] as const
const widthOf = (page: Page, selector: string) =>
  inPage<number>(page, `document.querySelector('${selector}').getBoundingClientRect().width`)

async function scored(options: Options): Promise<Page> {
  const { page } = await open({ hash: '#score', ...options })
  await page.locator('#sliders .slider').first().waitFor({ state: 'attached' })
  await page.locator('#score-run').click()
  await page.locator('#score-chart canvas').waitFor()
  return page
}

test('the chart of a score that came while another tab was shown is as wide as its card', async () => {
  const { page } = await open({ hash: '#score' })
  await page.locator('#sliders .slider').first().waitFor({ state: 'attached' })
  let answer = () => {}
  const held = new Promise<void>((resolve) => {
    answer = resolve
  })
  await page.route('**/v1/score', async (route) => {
    await held
    await route.continue()
  })
  await page.locator('#score-run').click()
  await page.locator('#tab-members').click()
  answer()
  await page.locator('#score-status', { hasText: 'Done' }).waitFor({ state: 'attached' })
  await page.locator('#tab-score').click()
  await expect.poll(() => widthOf(page, '#score-chart .uplot')).toBe(await widthOf(page, '#score-chart'))
  expect(await widthOf(page, '#score-chart')).toBeGreaterThan(1000)
})

test('the chart of a score follows a window that is made narrower, and nothing scrolls sideways', async () => {
  const page = await scored({ viewport: { width: 800, height: 900 } })
  await page.setViewportSize({ width: 400, height: 900 })
  await expect.poll(() => widthOf(page, '#score-chart .uplot')).toBeLessThan(400)
  expect(await inPage(page, 'document.documentElement.scrollWidth')).toBeLessThanOrEqual(400)
})

test.each(['a7', 'Mistral-Small-3.2-24B-Instruct-2506', `m${'x'.repeat(62)}`])(
  'with members like %s nothing is wider than the smallest telephone, on any tab, before and after an answer',
  async (id) => {
    const directory = [
      ensembleView([
        [id, 0.5],
        ['bpe2k-gpt', 0.5],
      ]),
    ]
    const wide = async (page: Page) => inPage<number>(page, 'document.documentElement.scrollWidth')
    for (const tab of tabs) {
      const { page } = await open({ viewport: { width: 360, height: 740 }, hash: `#${tab}?maxTokens=10`, directory })
      // The gateway has other ids: they are put into its answers.
      await page.route(/\/v1\/(completions|classify|score)$/, async (route) => {
        const asked = route.request().postData()!.replaceAll(id, 'byte-gru').replaceAll('"tutti', '"two')
        const answer = await route.fetch({ postData: asked })
        const body = (await answer.text()).replaceAll('byte-gru', id).replaceAll('"two"', '"tutti"')
        await route.fulfill({ response: answer, body })
      })
      await page.locator('#sliders .slider').first().waitFor({ state: 'attached' })
      expect(await wide(page), `${tab} at first`).toBeLessThanOrEqual(360)
      await runTab(page, tab)
      if (tab === 'score') {
        await page.locator('#heat').selectOption(id)
        await page.locator('#less').selectOption('bpe2k-gpt')
      }
      expect(await wide(page), `${tab} after its answer`).toBeLessThanOrEqual(360)
    }
  },
)
