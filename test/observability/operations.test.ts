import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { createMetrics } from '../../src/observability/metrics.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const guide = read('docs/operations.md')
const rules: { alert: string; expr: string }[] = parse(read('config/observability/alerts.yaml')).groups.flatMap(
  (group: { rules: object[] }) => group.rules,
)
const dashboard: { panels: { title: string; targets: { expr: string }[] }[] } = JSON.parse(
  read('config/observability/grafana-dashboard.json'),
)

interface Exported {
  readonly type: string
  readonly labels: readonly string[]
}

/** What the gateway exports: names, types and labels of metrics, from one observation of everything. */
async function exported(): Promise<Map<string, Exported>> {
  const metrics = createMetrics('1', () => ({
    load: { running: 0, runningCost: 0, queued: 0 },
    members: new Map([['a', { up: true, replicas: [{ up: true, breaker: 'closed' as const }] }]]),
    redisUp: true,
  }))
  metrics.requestEnded({ route: '/', method: 'GET', status: 200, code: null, key: 'k', seconds: 1 })
  metrics.reloaded('ok')
  metrics.memberCall({ member: 'a', outcome: 'ok', seconds: 1 })
  metrics.memberLost({ member: 'a', code: 'x', message: '' })
  const figures = { steps: 1, certifiedSteps: 1, waves: 1, acceptedSteps: 1, missingMassMean: 0, promptTokens: 1 }
  const times = { tokens: 2, seconds: 2, firstSeconds: 1, fusingSeconds: 1 }
  const wasted = [{ member: 'a', lists: 1 }]
  metrics.answered({ ensemble: 'e', operation: 'completion', degraded: true, wasted, ...figures, ...times })
  const { body } = await metrics.page()
  const found = new Map<string, Exported>()
  for (const [, name = '', type = ''] of body.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const [, labels = ''] = new RegExp(`^${name}(?:_bucket)?\\{(.*)\\}`, 'm').exec(body) ?? []
    found.set(name, {
      type,
      labels: [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label ?? '').filter((l) => l !== 'le'),
    })
  }
  return found
}

/** Names of metrics in an expression, each with the labels that it is matched or grouped by. */
function usedIn(expr: string) {
  const names = [...expr.matchAll(/\b((?:tutti|nodejs|process)_\w+)(?:\{([^}]*)\})?/g)]
  const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '))
  return names.map(([, name = '', matched = '']) => ({
    name,
    labels: new Set([...grouped, ...[...matched.matchAll(/(\w+)[=!]/g)].map(([, label]) => label ?? '')]),
  }))
}

const expressions = [
  ...rules.map(({ alert, expr }): [string, string] => [alert, expr]),
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }): [string, string] => [title, expr])),
]

test.each(expressions)('%s asks for metrics and labels that the gateway exports: %s', async (_, expr) => {
  const known = await exported()
  const used = usedIn(expr)
  expect(used.length).toBeGreaterThan(0)
  for (const { name, labels } of used) {
    const base = name.replace(/_(bucket|sum|count)$/, '')
    const metric = known.get(name) ?? (known.get(base)?.type === 'histogram' ? known.get(base) : undefined)
    expect(metric, name).toBeDefined()
    for (const label of labels) {
      if (label === 'le') expect(name).toMatch(/_bucket$/)
      else expect(metric?.labels, `${name} by ${label}`).toContain(label)
    }
  }
})

const rows = [...guide.matchAll(/^\| `(\w+)` \| ([^|]*)\|/gm)].map(([, name = '', labels = '']) => ({
  name,
  labels: labels.trim() === '' ? [] : labels.trim().split(', '),
}))

test('the guide has a row for every metric of Tutti, with its labels, and for none that there is not', async () => {
  const known = await exported()
  const metrics = rows.filter(({ name }) => !name.startsWith('Tutti'))
  const own = [...known.keys()].filter((name) => name.startsWith('tutti_'))
  expect(
    metrics
      .map(({ name }) => name)
      .filter((name) => name.startsWith('tutti_'))
      .sort(),
  ).toEqual(own.sort())
  for (const { name, labels } of metrics) expect([name, labels]).toEqual([name, known.get(name)?.labels])
})

test('the guide says what to do for every alert', () => {
  const told = rows.map(({ name }) => name).filter((name) => name.startsWith('Tutti'))
  expect(told).toEqual(rules.map(({ alert }) => alert))
})

test('every metric of Tutti is on the dashboard', async () => {
  const shown = new Set(
    dashboard.panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) => usedIn(expr).map(({ name }) => name.replace(/_bucket$/, ''))),
    ),
  )
  const hidden = [...(await exported()).keys()].filter((name) => name.startsWith('tutti_') && !shown.has(name))
  expect(hidden.sort()).toEqual(['tutti_build_info', 'tutti_redis_up', 'tutti_reloads_total'])
})
