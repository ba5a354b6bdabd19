import { accessSync, constants } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** A real Chromium without a window: that of `CHROMIUM`, else Debian's. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
  try {
    accessSync(executablePath, constants.X_OK)
  } catch (cause) {
    throw new Error(`no Chromium at ${executablePath}: apt install chromium, or set CHROMIUM to one`, { cause })
  }
  // Chromium's sandbox refuses to run for root, as whom containers run.
  return chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 })
}
