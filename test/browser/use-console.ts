import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { RunningGateway } from '../end-to-end/gateway.ts'
import { launchChromium } from './chromium.ts'
import { type ConsolePage, type Options, openConsole } from './console-page.ts'

/** A browser and a gateway for the tests of a file, each of which fails on what is wrong with the pages that it opens. */
export function useConsole(start: () => Promise<RunningGateway>): {
  gateway(): RunningGateway
  /** @param url of another gateway. */
  open(options?: Options, url?: string): Promise<ConsolePage>
  /** A page whose complaints are the test's own concern, and its closing too. */
  openAlone(): Promise<ConsolePage>
} {
  let browser: Browser
  let gateway: RunningGateway
  let opened: ConsolePage[] = []

  beforeAll(async () => {
    ;[browser, gateway] = await Promise.all([launchChromium(), start()])
  }, 300_000)
  afterAll(async () => {
    await browser?.close()
    await gateway?.stop()
  })
  afterEach(async () => {
    const all = opened.flatMap(({ complaints }) => complaints)
    await Promise.all(opened.map(({ page }) => page.context().close()))
    opened = []
    expect(all).toEqual([])
  })
  return {
    gateway: () => gateway,
    async open(options = {}, url = gateway.url) {
      const found = await openConsole(browser, url, options)
      opened.push(found)
      return found
    },
    openAlone: () => openConsole(browser, gateway.url),
  }
}
