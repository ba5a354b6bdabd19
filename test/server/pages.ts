/** Whether a route serves a page for people, or a part of one, and none of the API. */
export function isPage(url: string): boolean {
  return url === '/' || url.startsWith('/console/') || url.startsWith('/docs')
}
