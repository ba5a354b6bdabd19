import type { Scenario, ScenarioRequest } from './scenario.ts'

/**
 * The requests of a scenario that a gateway has routes for, and the names of the optional ones that it has none for.
 *
 * @throws Error when nothing answers at `url`, or a route is missing that is not optional.
 */
export async function routesOf(
  scenario: Scenario,
  url: string,
  key: string | null,
): Promise<{ readonly requests: readonly ScenarioRequest[]; readonly leftOut: readonly string[] }> {
  const headers = key === null ? {} : { authorization: `Bearer ${key}` }
  const response = await fetch(new URL('/openapi.json', url), { headers }).catch((cause: unknown) => {
    throw new Error(`nothing answers at ${url}`, { cause })
  })
  if (!response.ok) throw new Error(`${url}/openapi.json is answered with ${response.status}`)
  const { paths } = (await response.json()) as { paths: Readonly<Record<string, object>> }
  const missing = scenario.requests.filter(({ path }) => !(path in paths))
  const needed = missing.find(({ optional }) => !optional)
  if (needed !== undefined) throw new Error(`${url} has no route ${needed.path}`)
  return {
    requests: scenario.requests.filter((request) => !missing.includes(request)),
    leftOut: missing.map(({ name }) => name),
  }
}
