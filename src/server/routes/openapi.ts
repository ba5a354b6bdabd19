import { z } from 'zod'
import type { App } from '../app.ts'

/** The OpenAPI document, of which /docs is the readable form. */
export function openapiRoute(app: App): void {
  const schema = { summary: 'This document', tags: ['Operation'], response: { 200: z.record(z.string(), z.unknown()) } }
  app.get(
    '/openapi.json',
    { schema, config: { open: true } },
    async () => app.swagger() as unknown as Record<string, unknown>,
  )
}
