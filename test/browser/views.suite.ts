import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { source as axe } from 'axe-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Classification, TextScore } from '../../src/console/wire.ts'
import { alive, post, type RunningGateway, startGateway, until } from '../end-to-end/gateway.ts'
import { type ConsolePage, inPage, run, runTab } from './console-page.ts'
import { startSmallGateway } from './gateways.ts'
import { useConsole } from './use-console.ts'
import { weightOf } from './weight.ts'

const tabs = ['complete', 'classify', 'score', 'members'] as const
const { gateway, open } = useConsole(startGateway)

async function known(page: ConsolePage['page']): Promise<void> {
  await page.locator('#sliders .slider').first().waitFor({ state: 'attached' })
}

test('labels come with the bounds and bars of the API, the fused and each member’s', async () => {
  const { page } = await open({ hash: '#classify' })
  await known(page)
  const sent = page.waitForRequest('**/v1/classify')
  await page.locator('#classify-run').click()
  const { json } = await post<Classification>(`${gateway().url}/v1/classify`, (await sent).postDataJSON() as object)
  const [result] = json.results
  await page.locator('#classify-result').waitFor()
  expect(await page.locator('#classify-title').textContent()).toBe(`“${result!.label.trim()}”`)
  const rows = page.locator('#classify-table tbody tr')
  expect(await rows.count()).toBe(result!.labels.length)
  for (const [index, label] of result!.labels.entries()) {
    const shown = (await rows.nth(index).locator('.track + .value').allTextContents()).map(
      (text) => Number.parseFloat(text.replace(/[<>]/, '')) / 100,
    )
    const told = [label.probability, ...label.members.map(({ probability }) => probability)]
    shown.forEach((value, at) => {
      expect(Math.abs(value - told[at]!)).toBeLessThan(0.006)
    })
  }
})

test('bounds of labels are drawn where lists hide something', async () => {
  const small = await startSmallGateway('top_k: 5')
  try {
    const { page } = await open({ hash: '#classify' }, small.url)
    await known(page)
    await page.locator('#classify-run').click()
    await page.locator('#classify-table .bounds').first().waitFor({ state: 'attached' })
    const titles = await page
      .locator('#classify-table tbody td')
      .evaluateAll((cells: { title: string }[]) => cells.map(({ title }) => title))
    const bounds = titles.map((title) =>
      /^\D*([\d.]+) % \(\D*([\d.]+) % to \D*([\d.]+) %\)$/.exec(title)?.slice(1).map(Number),
    )
    const drawn = bounds.filter((found) => found !== undefined)
    expect(drawn.length).toBe(await page.locator('#classify-table .bounds').count())
    for (const [value, low, high] of drawn) expect(low! <= value! && value! <= high! && low! < high!).toBe(true)
  } finally {
    await small.stop()
  }
})

test('a scored text is a heat map of all its pieces; the source and the difference can be switched', async () => {
  const { page } = await open({ hash: '#score' })
  await known(page)
  const sent = page.waitForRequest('**/v1/score')
  await page.locator('#score-run').click()
  const { json } = await post<{ scores: TextScore[] }>(
    `${gateway().url}/v1/score`,
    (await sent).postDataJSON() as object,
  )
  const { segments = [], bits_per_byte } = json.scores[0]!
  const pieces = page.locator('#heat-map .piece')
  await pieces.first().waitFor()
  expect(await pieces.allTextContents()).toEqual(segments.map(({ text }) => text))
  expect(await page.locator('#score-table tbody td').first().textContent()).toBe(bits_per_byte!.toFixed(2))
  const labels = () =>
    pieces.evaluateAll((nodes: { ariaLabel: string }[]) =>
      nodes.map((node) => Number.parseFloat(/, (\S+) bits per byte$/.exec(node.ariaLabel)![1]!)),
    )
  const bitsOf = (source: string) =>
    segments.map(({ bytes, log_prob, members }) => {
      const own = source === 'fused' ? log_prob! : members.find(({ id }) => id === source)!.log_prob!
      return -own / Math.LN2 / bytes.length
    })
  const near = (shown: number[], told: number[]) => {
    for (const [at, value] of shown.entries()) expect(Math.abs(value - told[at]!)).toBeLessThan(0.006)
  }
  near(await labels(), bitsOf('fused'))
  await page.locator('#heat').selectOption('bpe4k-gpt')
  near(await labels(), bitsOf('bpe4k-gpt'))
  await page.locator('#less').selectOption({ label: 'the ensemble' })
  const fused = bitsOf('fused')
  const difference = bitsOf('bpe4k-gpt').map((value, at) => value - fused[at]!)
  near(await labels(), difference)
  expect(await page.locator('.ramp.both').count()).toBe(1)
  await page.locator('#heat-map').focus()
  await page.keyboard.press('ArrowRight')
  expect(await page.locator('#heat-words').textContent()).toContain('bpe2k-gpt')
  expect(await inPage(page, "document.querySelector('#score-chart canvas').width")).toBeGreaterThan(200)
})

test('a member shows its latency, what it gives and the verdict of its last probe', async () => {
  const { page } = await open({ hash: '#members' })
  await post(`${gateway().url}/v1/completions`, { model: 'tutti', prompt: 'The', max_tokens: 3 })
  const card = page.locator('article', { hasText: 'bpe2k-gpt' })
  const fact = (name: string) =>
    card.locator('dt', { hasText: name }).locator('xpath=following-sibling::dd[1]').textContent()
  await until(async () => /\d ms median, .* in the last minute/.test((await fact('latency')) ?? ''), 10_000)
  expect(await card.locator('.spark canvas').count()).toBe(1)
  expect(await fact('probe')).toMatch(/^passed at \d/)
  expect(await fact('now')).toMatch(/^\d+ calls?, \d+ streams? open$/)
  expect(await fact('replicas')).toMatch(/^http:\/\/127\.0\.0\.1:\d+ in use$/)
  expect(await fact('gives')).toContain('lists of up to 2,048 tokens')
})

test('a member that dies is seen to be down, and to be back', async () => {
  const victim = 'bpe4k-gpt'
  const { page } = await open({ hash: '#members' })
  const card = page.locator('article', { hasText: victim })
  const badge = card.locator('.badge')
  await card.waitFor()
  expect(await badge.textContent()).toBe('up')
  // It is started again at once, which may be sooner than the page looks.
  await until(async () => {
    const worker = gateway().workers.get(victim)!
    if (alive(worker)) process.kill(worker, 'SIGKILL')
    await post(`${gateway().url}/v1/completions`, { model: 'tutti', prompt: 'The', max_tokens: 1 })
    const seen = until(async () => (await badge.textContent()) === 'down', 3_000)
    return seen.then(
      () => true,
      () => false,
    )
  }, 60_000)
  expect(await page.locator('#members-status').textContent()).toContain(`${victim} is down`)
  await until(async () => (await badge.textContent()) === 'up', 60_000)
  expect(await page.locator('#members-status').textContent()).toContain(`${victim} is back`)
  expect(await card.locator('dt').allTextContents()).toEqual([
    'model',
    'weight',
    'protocol',
    'replicas',
    'latency',
    'now',
    'gives',
    'probe',
  ])
}, 180_000)

describe('with keys', () => {
  const secret = 'tutti-key-of-the-console-test'
  let closed: RunningGateway
  beforeAll(async () => {
    process.env['CONSOLE_TEST_KEY'] = secret
    closed = await startSmallGateway('top_k: 100', 'server: { keys: [{ name: tester, env: CONSOLE_TEST_KEY }] }')
  }, 300_000)
  afterAll(async () => {
    delete process.env['CONSOLE_TEST_KEY']
    await closed?.stop()
  })

  test('the page asks for one, keeps it for this tab alone, and puts it into no address and no command', async () => {
    const { page } = await open({ expected: /status of 401/ }, closed.url)
    const dialog = page.locator('#key-dialog')
    await dialog.waitFor()
    expect(await page.locator('#sliders .slider').count()).toBe(0)
    await page.locator('#key-field').fill('wrong')
    await page.keyboard.press('Enter')
    await page.locator('#key-reason', { hasText: 'does not know this key' }).waitFor()
    await page.locator('#key-field').fill(secret)
    await page.keyboard.press('Enter')
    await known(page)
    await page.locator('#max-tokens').fill('3')
    await run(page)
    expect(await page.locator('#text-0 .piece').count()).toBe(3)
    await page.locator('#complete-curl').click()
    const command = (await page.locator('#curl-text').textContent())!
    expect(command).toContain('authorization: Bearer $TUTTI_KEY')
    await page.locator('#curl-close').click()
    const kept = await inPage<[string, string, string]>(
      page,
      'new Promise((resolve) => setTimeout(() => resolve([JSON.stringify(sessionStorage), JSON.stringify(localStorage), location.href]), 300))',
    )
    expect(kept[0]).toContain(secret)
    for (const text of [kept[1], kept[2], command, await page.content()]) expect(text).not.toContain(secret)
    await page.reload()
    await known(page)
    const other = await page.context().newPage()
    await other.goto(closed.url)
    await other.locator('#key-dialog').waitFor()
  })
})

describe('what a person has set', () => {
  test('stands in the address: a reload and a shared address bring it back', async () => {
    const { page } = await open()
    await known(page)
    await page.locator('#prompt').fill('She said: “naïve & free?” #1')
    await page.locator('#temperature').fill('0.9')
    await page.locator('#weight-byte-gru').fill('0.6')
    await page.locator('#alone').check()
    await until(async () => page.url().includes('alone=1'), 3_000)
    const shares = await page.locator('#sliders output').allTextContents()
    const shared = await open({ hash: new URL(page.url()).hash })
    for (const one of [page, shared.page]) {
      await one.reload()
      await known(one)
      expect(await one.locator('#prompt').inputValue()).toBe('She said: “naïve & free?” #1')
      expect(await one.locator('#temperature').inputValue()).toBe('0.9')
      expect(await one.locator('#alone').isChecked()).toBe(true)
      expect(await one.locator('#sliders output').allTextContents()).toEqual(shares)
    }
  })

  test('a tab is a step that the back button undoes; arrows go from tab to tab', async () => {
    const { page } = await open()
    await known(page)
    await page.locator('#tab-complete').focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    expect(await page.locator('#tab-score').getAttribute('aria-selected')).toBe('true')
    expect(await inPage(page, 'document.activeElement.id')).toBe('tab-score')
    await page.keyboard.press('End')
    expect(page.url()).toMatch(/#members/)
    await page.goBack()
    await page.locator('#panel-score').waitFor()
    expect(await page.locator('#panel-members').isHidden()).toBe(true)
  })
})

test('the command of a view is one that a shell runs and the gateway answers', async () => {
  for (const [tab, told] of [
    ['complete', /data: \[DONE\]/],
    ['classify', /"object":"classification"/],
    ['score', /"object":"score"/],
    ['members', /"object":"ensemble"/],
  ] as const) {
    const { page } = await open({ hash: `#${tab}?maxTokens=2&prompt=It%27s` })
    await known(page)
    await page.locator(`#${tab}-curl`).click()
    const command = (await page.locator('#curl-text').textContent())!
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command])
    expect(stdout).toMatch(told)
  }
})

describe('light and dark', () => {
  const ground = 'getComputedStyle(document.body).backgroundColor'
  const light = 'rgb(245, 245, 242)'
  const dark = 'rgb(20, 22, 27)'

  test('follow the system, unless a person has chosen, which stays', async () => {
    const { page } = await open({ colorScheme: 'dark' })
    expect(await inPage(page, ground)).toBe(dark)
    await page.emulateMedia({ colorScheme: 'light' })
    expect(await inPage(page, ground)).toBe(light)
    const button = page.locator('#theme-button')
    await button.click()
    await button.click()
    expect(await button.textContent()).toBe('Theme: dark')
    expect(await inPage(page, ground)).toBe(dark)
    await page.reload()
    expect(await inPage(page, ground)).toBe(dark)
  })

  test('nothing moves for those who want no motion', async () => {
    const { page } = await open({ reducedMotion: 'reduce', hash: '#complete?maxTokens=2' })
    await known(page)
    await run(page)
    expect(await inPage(page, "getComputedStyle(document.querySelector('.piece')).transitionDuration")).toBe('0s')
  })
})

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly target: unknown; readonly failureSummary: string }[]
}

describe.each(['light', 'dark'] as const)('axe finds nothing in %s mode', (colorScheme) => {
  test.each(tabs)('on the tab %s, before and after its answer', async (tab) => {
    const { page } = await open({ colorScheme, hash: `#${tab}?maxTokens=20&alone=1` })
    await known(page)
    await inPage(page, axe)
    const check = async () => {
      const found = await inPage<Violation[]>(page, 'axe.run(document).then(({ violations }) => violations)')
      expect(
        found.map(({ id, nodes }) => ({
          id,
          nodes: nodes.map(({ target, failureSummary }) => ({ target, failureSummary })),
        })),
      ).toEqual([])
    }
    await check()
    await runTab(page, tab)
    await check()
    await page.locator(`#${tab}-curl`).click()
    await check()
  })
})

test('the page weighs less than 300 KB, compressed', async () => {
  const { page } = await open()
  await known(page)
  const { files, bytes } = await weightOf(page)
  expect(files).toBeGreaterThan(20)
  expect(bytes).toBeLessThan(300_000)
})

test('nothing is wider than a telephone, on any tab', async () => {
  for (const tab of tabs) {
    const { page } = await open({ viewport: { width: 390, height: 844 }, hash: `#${tab}?maxTokens=30` })
    await known(page)
    if (tab === 'complete') await run(page)
    else if (tab !== 'members') {
      await page.locator(`#${tab}-run`).click()
      await page.locator(`#${tab}-result`).waitFor()
    }
    expect(await inPage(page, 'document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
  }
})
