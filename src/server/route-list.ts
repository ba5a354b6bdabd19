declare module 'fastify' {
  interface FastifyInstance {
    /** Every route of the application, those of plugins too. */
    readonly routeList: RouteList
  }
}

/** Methods and patterns of the routes, in the order of their registration. */
export type RouteList = { readonly method: string; readonly url: string }[]

/** Methods that some route takes at a path; empty when nothing is there. */
export function allowedMethods(routes: RouteList, path: string): string[] {
  const found = routes.filter(({ url }) => toPattern(url).test(path)).map(({ method }) => method)
  return [...new Set(found)].sort()
}

function toPattern(url: string): RegExp {
  const source = url
    .split('/')
    .map((part) => {
      if (part.startsWith(':')) return '[^/]+'
      return part === '*' ? '.*' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    })
    .join('/')
  return new RegExp(`^${source}$`)
}
