import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { EnsembleView } from '../../src/console/wire.ts'

/** A console that is open in a browser, and all that was wrong with it so far. */
export interface ConsolePage {
  readonly page: Page
  /** Errors and warnings of the browser's console, violations of the page's policy among them, and requests to other hosts. */
  readonly complaints: string[]
  /** Bodies of the requests that asked for completions. */
  readonly asked: Asked[]
}

export interface Asked {
  readonly model: string
  readonly ensemble: { readonly weights?: Readonly<Record<string, number>>; readonly pool?: string }
}

export interface Options extends BrowserContextOptions {
  /** Behind the address: tab and state. */
  readonly hash?: string
  /** Complaints that the test provokes. */
  readonly expected?: RegExp
  /** What the page hears of ensembles, in place of what the gateway has. */
  readonly directory?: readonly EnsembleView[]
}

/** Opens the console in a context of its own, and waits until it knows the members unless a key is wanted first. */
export async function openConsole(
  browser: Browser,
  url: string,
  { hash = '', expected, directory, ...options }: Options = {},
): Promise<ConsolePage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  const asked: Asked[] = []
  const complain = (text: string) => {
    if (expected === undefined || !expected.test(text)) complaints.push(text)
  }
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complain(message.text())
  })
  page.on('pageerror', (error) => complain(String(error)))
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) complain(`asked another host: ${request.url()}`)
    if (request.url().endsWith('/v1/completions')) asked.push(request.postDataJSON() as Asked)
  })
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? ''
    if (reason !== 'net::ERR_ABORTED') complain(`${request.url()}: ${reason}`)
  })
  if (directory !== undefined)
    await page.route('**/v1/ensembles', (route) => route.fulfill({ json: { data: directory } }))
  await page.goto(`${url}/${hash}`)
  return { page, complaints, asked }
}

/** Runs what the open form says and waits until it is written. */
export async function run(page: Page): Promise<void> {
  await page.locator('#run').click()
  await page.locator('#complete-status', { hasText: 'Done' }).waitFor({ timeout: 60_000 })
}

/** Asks what a tab asks, and shows all that it can of the answer; the members' tab shows it by itself. */
export async function runTab(page: Page, tab: string): Promise<void> {
  if (tab === 'complete') {
    await run(page)
    await page.locator('#text-0 .piece').nth(3).hover()
  } else if (tab !== 'members') {
    await page.locator(`#${tab}-run`).click()
    await page.locator(`#${tab}-result`).waitFor()
  }
}

/** An expression of the page's own JavaScript; outside its policy, as a debugger is. */
export function inPage<Value>(page: Page, expression: string): Promise<Value> {
  return page.evaluate(expression) as Promise<Value>
}
