import { setTimeout as sleep } from 'node:timers/promises'
import type { Locator } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { SegmentPart } from '../../src/console/wire.ts'
import { type CompletionAnswer, post, startGateway, until } from '../end-to-end/gateway.ts'
import { type ConsolePage, inPage, type Options, run } from './console-page.ts'
import { startSmallGateway } from './gateways.ts'
import { useConsole } from './use-console.ts'

const members = ['byte-gru', 'bpe2k-gpt', 'bpe4k-gpt']
const { gateway, open: openPage, openAlone } = useConsole(startGateway)

async function open(options?: Options, url?: string): Promise<ConsolePage> {
  const found = await openPage(options, url)
  await found.page.locator('#sliders .slider').first().waitFor()
  return found
}

type Answer = CompletionAnswer & {
  readonly ensemble: { readonly segments: readonly (SegmentPart & { text: string })[] }
}

/** What the API says to the same request. */
async function answerTo(body: object, url = gateway().url): Promise<Answer> {
  const { status, json } = await post<Answer>(`${url}/v1/completions`, { ...body, stream: false })
  expect(status).toBe(200)
  return json
}

const colourOf = (piece: Locator) =>
  piece.evaluate((node: { style: { getPropertyValue(name: string): string } }) =>
    node.style.getPropertyValue('--colour'),
  )

describe('a completion', () => {
  test('is the text of the API, in pieces of the colour of the member that carried each', async () => {
    const { page, asked } = await open()
    await run(page)
    const { choices, ensemble } = await answerTo(asked[0]!)
    const pieces = page.locator('#text-0 .piece')
    expect((await pieces.allTextContents()).join('')).toBe(choices[0]!.text)
    expect(await pieces.allTextContents()).toEqual(
      ensemble.segments.map(({ text }) => text).filter((text) => text !== ''),
    )
    for (const [index, { carrier }] of ensemble.segments.slice(0, 20).entries()) {
      expect(await colourOf(pieces.nth(index))).toBe(`var(--member-${members.indexOf(carrier) + 1})`)
    }
    expect(new Set(ensemble.segments.map(({ carrier }) => carrier)).size).toBeGreaterThan(1)
  })

  test('comes in while it is written, and is shaded the more the larger the share of its carrier', async () => {
    const { page, asked } = await open({ hash: '#complete?maxTokens=150' })
    await page.locator('#run').click()
    const pieces = page.locator('#text-0 .piece')
    await pieces.nth(3).waitFor()
    expect(await page.locator('#stop').isEnabled()).toBe(true)
    expect(await pieces.count()).toBeLessThan(150)
    await page.locator('#complete-status', { hasText: 'Done' }).waitFor({ timeout: 60_000 })
    const shades = await pieces.evaluateAll((nodes: { style: { getPropertyValue(name: string): string } }[]) =>
      nodes.map((node) => Number(node.style.getPropertyValue('--shade'))),
    )
    const { ensemble } = await answerTo(asked[0]!)
    const shares = ensemble.segments.map(({ carrier, steps }) => {
      const own = steps.map(({ members: all }) => all.find(({ id }) => id === carrier)!.responsibility)
      return own.reduce((sum, share) => sum + share, 0) / own.length
    })
    const order = shades.map((_, index) => index).sort((a, b) => shares[a]! - shares[b]!)
    const sorted = order.map((index) => shades[index]!)
    expect(sorted).toEqual([...sorted].sort((a, b) => a - b))
    expect(Math.max(...shades)).toBeGreaterThan(Math.min(...shades))
  })

  test('stops for good with Esc: the text stays, the connection is closed, and no member is asked any more', async () => {
    const { page } = await open({ hash: '#complete?maxTokens=1000' })
    await page.locator('#run').click()
    await page.locator('#text-0 .piece').nth(5).waitFor()
    await page.keyboard.press('Escape')
    await page.locator('#complete-status', { hasText: /^Stopped after \d+ pieces\.$/ }).waitFor()
    const written = await page.locator('#text-0 .piece').count()
    expect(written).toBeLessThan(1000)
    await sleep(500)
    const settled = await memberCalls()
    await sleep(1000)
    expect(await memberCalls()).toBe(settled)
    expect(await page.locator('#text-0 .piece').count()).toBe(written)
    expect(await page.locator('#run').isEnabled()).toBe(true)
  })

  test('begun anew while one is written takes its place, and a member alone is stopped with the rest', async () => {
    const { page } = await open({ hash: '#complete?maxTokens=1000&alone=1' })
    await page.locator('#run').click()
    await page.locator('#text-1 .piece').nth(3).waitFor()
    await page.locator('#max-tokens').fill('4')
    await page.locator('#alone').uncheck()
    await page.locator('#prompt').press('Control+Enter')
    await page.locator('#complete-status', { hasText: 'Done: 4 pieces' }).waitFor()
    expect(await page.locator('.text').count()).toBe(1)
    await sleep(500)
    const settled = await memberCalls()
    await sleep(1000)
    expect(await memberCalls()).toBe(settled)
    expect(await page.locator('#text-0 .piece').count()).toBe(4)
  })

  test('has the members alone beside it, each with the text of its own', async () => {
    const { page, asked } = await open({ hash: '#complete?maxTokens=12&alone=1' })
    await run(page)
    expect(asked.map(({ model }) => model).sort()).toEqual(['tutti', ...members.map((id) => `tutti/${id}`)].sort())
    for (const [index, id] of members.entries()) {
      const { choices } = await answerTo(asked.find(({ model }) => model === `tutti/${id}`)!)
      expect((await page.locator(`#text-${index + 1} .piece`).allTextContents()).join('')).toBe(choices[0]!.text)
    }
  })

  test('says what it has cost, each member its part', async () => {
    const { page } = await open({ hash: '#complete?maxTokens=10' })
    await run(page)
    expect(await page.locator('#cost-words').textContent()).toMatch(/10 pieces in \d+ decisions, .* calls in \d+ waves/)
    expect(await page.locator('#cost-table tbody th').allTextContents()).toEqual(members)
  })

  test('that fails says why in the words of the API', async () => {
    const prompt = 'x'.repeat(600_000)
    const { page } = await open({ expected: /status of 4\d\d/ })
    await page.locator('#prompt').fill(prompt)
    await page.locator('#run').click()
    await page.locator('#failure').waitFor()
    expect(await page.locator('#failure').textContent()).toMatch(/prompt/)
  })
})

async function memberCalls(): Promise<number> {
  const text = await (await fetch(`${gateway().url}/metrics`)).text()
  return [...text.matchAll(/^tutti_member_calls_total\{.*\} (\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0)
}

describe('a piece', () => {
  test('under the pointer shows the fused distribution and each member’s, where they differ most', async () => {
    const { page, asked } = await open()
    await run(page)
    const { ensemble } = await answerTo(asked[0]!)
    const index = ensemble.segments.findIndex(({ steps }) => steps.length > 2)
    const { steps } = ensemble.segments[index]!
    await page.locator('#text-0 .piece').nth(index).hover()
    const most = steps.reduce((best, step, at) => (step.jensen_shannon > steps[best]!.jensen_shannon ? at : best), 0)
    expect(
      await page
        .locator('.chip[aria-pressed=true]')
        .evaluate((node: { parentElement: { children: Iterable<unknown> } }) =>
          [...node.parentElement.children].indexOf(node),
        ),
    ).toBe(most)
    const { candidates = [] } = steps[most]!
    const first = page.locator('.bars tbody tr').first().locator('.track + .value')
    const shown = (await first.allTextContents()).map((text) => Number.parseFloat(text.replace(/[<>]/, '')) / 100)
    const expectedShares = [candidates[0]!.probability, ...candidates[0]!.members]
    expect(shown.length).toBe(1 + members.length)
    shown.forEach((value, at) => {
      expect(Math.abs(value - expectedShares[at]!)).toBeLessThan(0.006)
    })
    const figures = await page.locator('.bars tfoot th').allTextContents()
    expect(figures).toEqual(['share', 'pivotal', 'KL', 'entropy', 'unlisted'])
    const entropies = await page.locator('.bars tfoot tr', { hasText: 'entropy' }).locator('td').allTextContents()
    expect(entropies[0]).toBe(steps[most]!.entropy.toFixed(2))
    expect(entropies.slice(1)).toEqual(steps[most]!.members.map(({ entropy }) => entropy!.toFixed(2)))
  })

  test('is reached with arrow keys, and its other decisions with up and down', async () => {
    const { page } = await open({ hash: '#complete?maxTokens=10' })
    await run(page)
    const list = page.locator('#text-0')
    await list.focus()
    expect(await list.getAttribute('aria-activedescendant')).toBe('text-0-0')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowLeft')
    expect(await list.getAttribute('aria-activedescendant')).toBe('text-0-1')
    expect(await page.locator('#text-0 .piece[aria-selected=true]').count()).toBe(1)
    await page.keyboard.press('End')
    expect(await list.getAttribute('aria-activedescendant')).toBe('text-0-9')
    await page.keyboard.press('Home')
    const decisions = await page.locator('.chip').count()
    expect(decisions).toBeGreaterThan(1)
    for (let step = 0; step < decisions; step++) await page.keyboard.press('ArrowUp')
    expect(await page.locator('.chip').first().getAttribute('aria-pressed')).toBe('true')
    await page.keyboard.press('ArrowDown')
    expect(await page.locator('.chip').nth(1).getAttribute('aria-pressed')).toBe('true')
    expect(await page.locator('#inspector-said').textContent()).toMatch(
      /: fused .* %, byte-gru .* %, bpe2k-gpt .* %, bpe4k-gpt .* %$/,
    )
  })

  test('that was clicked stays while the pointer goes elsewhere, until it is clicked again', async () => {
    const { page } = await open({ hash: '#complete?maxTokens=10' })
    await run(page)
    const pieces = page.locator('#text-0 .piece')
    await pieces.nth(2).click()
    await pieces.nth(5).hover()
    expect(await pieces.nth(2).getAttribute('aria-selected')).toBe('true')
    await pieces.nth(2).click()
    await pieces.nth(5).hover()
    expect(await pieces.nth(5).getAttribute('aria-selected')).toBe('true')
  })

  test('that what lists hide could have changed is underlined, and no other', async () => {
    const small = await startSmallGateway('top_k: 2, sampling: { temperature: 0.8 }, deadline_ms: 60000')
    try {
      const { page, asked } = await open({ hash: '#complete?maxTokens=40' }, small.url)
      await run(page)
      const { ensemble } = await answerTo(asked[0]!, small.url)
      const uncertain = ensemble.segments.map(({ steps }) => steps.some(({ certified }) => !certified))
      expect(new Set(uncertain).size).toBe(2)
      const pieces = await page
        .locator('#text-0 .piece')
        .evaluateAll((nodes: { className: string }[]) => nodes.map((node) => node.className.includes('doubt')))
      expect(pieces).toEqual(uncertain)
      const unlisted = page.locator('.bars tfoot tr', { hasText: 'unlisted' })
      await page.locator('#text-0 .piece.doubt').first().hover()
      expect(Number.parseFloat((await unlisted.locator('td').first().textContent())!)).toBeGreaterThan(0)
    } finally {
      await small.stop()
    }
  })
})

describe('the waves', () => {
  const pixels = "document.querySelector('#waves-chart canvas').toDataURL()"

  test('are drawn with a lane a member, and a piece marks its moment on them', async () => {
    const { page } = await open()
    await run(page)
    const label = (await page.locator('#waves-chart').getAttribute('aria-label'))!
    for (const id of members) expect(label).toMatch(new RegExp(`${id}: \\d+ streams`))
    const before = await inPage<string>(page, pixels)
    await page.locator('#text-0 .piece').nth(10).hover()
    const marked = async () => (await inPage<string>(page, pixels)) !== before
    await until(marked, 5_000)
    const there = await inPage<string>(page, pixels)
    await page.locator('#text-0 .piece').nth(40).hover()
    await until(async () => (await inPage<string>(page, pixels)) !== there, 5_000)
  })

  test('are shown larger where they are dragged over, and as a whole after a double click', async () => {
    const { page } = await open({ hash: '#complete?maxTokens=20' })
    await run(page)
    const over = page.locator('#waves-chart .u-over')
    await over.scrollIntoViewIfNeeded()
    const whole = await inPage<string>(page, pixels)
    const { x, y, width, height } = (await over.boundingBox())!
    await page.mouse.move(x + width * 0.3, y + height / 2)
    await page.mouse.down()
    await page.mouse.move(x + width * 0.5, y + height / 2, { steps: 5 })
    await page.mouse.up()
    await until(async () => (await inPage<string>(page, pixels)) !== whole, 5_000)
    await page.mouse.dblclick(x + width * 0.8, y + height / 2)
    await until(async () => (await inPage<string>(page, pixels)) === whole, 5_000)
  })
})

describe('weights', () => {
  test('move together with a slider, sum to 1 and are sent; as configured, none are', async () => {
    const { page, asked } = await open({ hash: '#complete?maxTokens=2' })
    await page.locator('#weight-bpe2k-gpt').focus()
    for (let press = 0; press < 10; press++) await page.keyboard.press('ArrowRight')
    const shares = (await page.locator('#sliders output').allTextContents()).map((text) => Number.parseFloat(text))
    expect(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 100)).toBeLessThanOrEqual(1)
    await run(page)
    const weights = asked[0]!.ensemble.weights!
    expect(Math.abs(Object.values(weights).reduce((sum, weight) => sum + weight, 0) - 1)).toBeLessThan(0.002)
    expect(weights['bpe2k-gpt']).toBeCloseTo(0.32, 1)
    await page.locator('#configured-weights').click()
    await run(page)
    expect(asked[1]!.ensemble.weights).toBeUndefined()
  })

  test('of 0 leave a member out, which the text shows', async () => {
    const { page, asked } = await open({ hash: '#complete?maxTokens=20' })
    await page.locator('#weight-bpe4k-gpt').focus()
    await page.keyboard.press('Home')
    await run(page)
    expect(Object.keys(asked[0]!.ensemble.weights!)).toEqual(['byte-gru', 'bpe2k-gpt'])
    await page.locator('#text-0 .piece').nth(3).hover()
    const heads = await page.locator('#inspector .column-name').allTextContents()
    expect(heads.slice(1, 3)).toEqual(['byte-gru', 'bpe2k-gpt'])
    const colours = await Promise.all((await page.locator('#text-0 .piece').all()).map(colourOf))
    expect(colours).not.toContain('var(--member-3)')
  })

  test('and pool are not for requests to set where the ensemble does not say so', async () => {
    const small = await startSmallGateway('top_k: 2')
    try {
      const { page } = await open({ hash: '#complete?weights=byte-gru:1,bpe2k-gpt:0&pool=vote&maxTokens=2' }, small.url)
      expect(await page.locator('#weight-byte-gru').isDisabled()).toBe(true)
      expect(await page.locator('#pool').isDisabled()).toBe(true)
      await run(page)
    } finally {
      await small.stop()
    }
  })
})

test('a whole answer that was chosen has no carriers, which the page says', async () => {
  const small = await startSmallGateway('strategy: majority')
  try {
    const { page } = await open({ hash: '#complete?maxTokens=5' }, small.url)
    await run(page)
    expect(await page.locator('#text-0 .piece').count()).toBe(1)
    expect(await page.locator('#text-0 .piece').first().getAttribute('class')).toContain('plain')
    expect(await page.locator('#cost-words').textContent()).toContain('chosen among whole answers (majority)')
    await page.locator('#text-0 .piece').first().hover()
    expect(await page.locator('#inspector-body').textContent()).toBe('Nothing is told of how this was decided.')
  } finally {
    await small.stop()
  }
})

test('what a page must not do is noticed: errors, breaches of its policy, requests to other hosts', async () => {
  const { page, complaints } = await openAlone()
  await inPage(page, "fetch('https://example.org/').catch(() => {})")
  await until(() => complaints.some((text) => text.includes('Content Security Policy')), 5_000)
  complaints.length = 0
  await inPage(page, "setTimeout(() => { throw new Error('of the test') })")
  await until(() => complaints.some((text) => text.includes('of the test')), 5_000)
  complaints.length = 0
  await inPage(page, "document.body.setAttribute('style', 'color: red')")
  await until(() => complaints.length > 0, 5_000)
  await page.context().close()
})

test('an older gateway that refuses a field is asked without it, and the page says what is not told', async () => {
  const { page, asked } = await open({ hash: '#complete?maxTokens=5', expected: /status of 400/ })
  await page.route('**/v1/completions', (route) => {
    const body = route.request().postDataJSON() as { ensemble: Record<string, unknown> }
    const param = ['candidates', 'timeline'].find((field) => field in body.ensemble)
    if (param === undefined) return route.continue()
    const error = {
      message: 'is not known',
      type: 'invalid_request_error',
      param: `ensemble.${param}`,
      code: 'invalid_request',
    }
    return route.fulfill({ status: 400, json: { error } })
  })
  await run(page)
  expect(asked.length).toBe(3)
  expect(await page.locator('#missing').textContent()).toBe(
    'This gateway does not tell what else was likely at each decision, nor when each member did what.',
  )
  await page.locator('#text-0 .piece').nth(1).hover()
  expect(await page.locator('.bars tbody tr').count()).toBe(1)
  expect(await page.locator('#waves').isHidden()).toBe(true)
})
