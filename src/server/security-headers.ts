import type { App } from './app.ts'

/** For answers that are data: nothing in them is to be run, framed, guessed at or kept. */
const headers = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

/** The documentation is a page with scripts of its own, for which its plugin sets a policy. */
const { 'content-security-policy': _, 'cache-control': __, ...pageHeaders } = headers

export function registerSecurityHeaders(app: App): void {
  app.addHook('onRequest', async ({ routeOptions }, reply) => {
    reply.headers(routeOptions.url?.startsWith('/docs') === true ? pageHeaders : headers)
  })
}
