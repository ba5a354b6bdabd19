import { z } from 'zod'

const without = (part: (url: URL) => string) => (text: string) => {
  const url = URL.parse(text)
  return url === null || part(url) === ''
}

/** Where a member's server is. Parts of a URL that calls would go without are refused, not dropped: each is there for a reason. */
export const baseUrl = z
  .url({ protocol: /^https?$/ })
  .refine(
    without(({ username, password }) => username + password),
    'holds a user or password, which is not sent from here: give `api_key`, or an `authorization` under the `headers` of a member of kind `openai`',
  )
  .refine(
    without(({ search }) => search),
    'holds a query (`?`), which calls are not made with: leave it out, and give a secret as `api_key` or `headers`',
  )
  .refine(
    without(({ hash }) => hash),
    'holds a fragment (`#`), which no server is sent: leave it out',
  )
