import type { Page } from 'playwright-core'
import { inPage } from './console-page.ts'

/** What an open page consists of, as it was sent. */
export async function weightOf(page: Page): Promise<{ readonly files: number; readonly bytes: number }> {
  const sizes = await inPage<number[]>(
    page,
    `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .filter(({ name }) => !new URL(name).pathname.startsWith('/v1/'))
      .map(({ encodedBodySize }) => encodedBodySize)`,
  )
  return { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) }
}
