import type uPlot from 'uplot'
import { colourOf } from './colours.ts'
import { byId, element } from './dom.ts'
import { count, milliseconds, percent } from './format.ts'
import type { Page, View } from './page.ts'
import { drawSparkline } from './sparkline.ts'
import type { Capabilities, EnsembleView, MemberView } from './wire.ts'

/** Values that a sparkline shows. */
const remembered = 60

/** The view of who is there and how they are. */
export function connectMembers(page: Page): View & { heard(): void } {
  const root = byId('members', HTMLElement)
  const status = byId('members-status', HTMLElement)
  const histories = new Map<string, (number | null)[]>()
  let states: ReadonlyMap<string, string> = new Map()
  let charts: uPlot[] = []

  byId('members-curl', HTMLButtonElement).addEventListener('click', () => page.copy('v1/ensembles'))

  /** Says who went down or came back, and only that, so that what is read aloud is news. */
  function announce(): void {
    const now = new Map(
      page.ensembles.flatMap(({ members }) => members.map(({ id, status: own }) => [id, own] as const)),
    )
    const news = [...now].filter(([id, own]) => states.has(id) && states.get(id) !== own)
    states = now
    if (news.length > 0)
      status.textContent = news.map(([id, own]) => `${id} is ${own === 'up' ? 'back' : 'down'}`).join(', ')
  }

  function remember(): void {
    for (const { members } of page.ensembles) {
      for (const { id, latency } of members) {
        const history = histories.get(id) ?? []
        histories.set(id, [...history, latency?.median_ms ?? null].slice(-remembered))
      }
    }
  }

  function draw(): void {
    if (page.store.state.tab !== 'members') return
    for (const chart of charts) chart.destroy()
    charts = []
    root.replaceChildren(...page.ensembles.map(ensembleOf))
  }

  function ensembleOf(ensemble: EnsembleView): HTMLElement {
    const { name, ready, pool, granularity, quorum, members } = ensemble
    const up = members.filter((member) => member.status === 'up').length
    return element('section', {
      attributes: { 'aria-label': `Ensemble ${name}` },
      children: [
        element('h2', {
          children: [
            name,
            element('span', { class: ready ? 'badge up' : 'badge down', text: ready ? 'ready' : 'not ready' }),
          ],
        }),
        element('p', {
          class: 'note',
          text: `${up} of ${members.length} members up (${quorum} needed) · pool ${pool.replace('_', '-')} · fused ${granularity} by ${granularity}`,
        }),
        element('div', { class: 'cards', children: members.map(memberOf) }),
      ],
    })
  }

  function memberOf(member: MemberView): HTMLElement {
    const {
      id,
      kind,
      model,
      weight,
      lead,
      status: own,
      reason,
      replicas,
      capabilities,
      probe,
      calls_open,
      streams_open = 0,
    } = member
    const title = element('h3', {
      children: [
        element('span', { class: 'swatch', style: { '--colour': colourOf(id) } }),
        id,
        element('span', { class: `badge ${own}`, text: own }),
      ],
    })
    const facts = element('dl', {})
    const fact = (name: string, ...values: readonly (Node | string)[]) => {
      facts.append(element('dt', { text: name }), element('dd', { children: values }))
    }
    fact('model', model ?? 'not known yet')
    fact('weight', `${percent(weight)}${lead ? ', leads: its token borders cut the pieces' : ''}`)
    fact('protocol', kind)
    fact(
      'replicas',
      ...replicas.flatMap(({ url, breaker }) => [
        element('div', { children: [element('code', { text: url }), ` ${breakerWords(breaker)}`] }),
      ]),
    )
    fact('latency', ...latencyOf(member))
    if (calls_open !== undefined) fact('now', `${count(calls_open, 'call')}, ${count(streams_open, 'stream')} open`)
    if (capabilities !== null) fact('gives', capabilityWords(capabilities))
    fact('probe', ...probeOf(probe))
    return element('article', {
      class: own === 'up' ? 'card member' : 'card member down',
      style: { '--colour': colourOf(id) },
      attributes: { 'aria-label': `${id}, ${own}` },
      children: [title, ...(reason === null ? [] : [element('p', { class: 'error', text: reason })]), facts],
    })
  }

  function latencyOf({ id, latency }: MemberView): (Node | string)[] {
    if (latency === undefined) return ['this gateway does not tell it']
    const line = element('div', { class: 'spark', attributes: { 'aria-hidden': 'true' } })
    const history = histories.get(id) ?? []
    if (history.some((value) => value !== null)) charts.push(drawSparkline(line, history, colourOf(id)))
    if (latency === null) return ['no call in the last minute', line]
    const { median_ms, p95_ms, calls } = latency
    return [
      `${milliseconds(median_ms)} median, ${milliseconds(p95_ms)} 95th percentile, ${count(calls, 'call')} in the last minute`,
      line,
    ]
  }

  return {
    heard() {
      announce()
      remember()
      draw()
    },
    update: draw,
    repaint: draw,
  }
}

function breakerWords(breaker: string): string {
  if (breaker === 'closed') return 'in use'
  return breaker === 'open' ? 'breaker open: not called' : 'breaker half open: being tried'
}

function capabilityWords(given: Capabilities): string {
  const { max_top_k, exact_bytes, token_contexts, scoring, streaming, basis, context_length } = given
  const scored = { none: 'no scoring of given text', chosen: 'scores given tokens', listed: 'lists along given texts' }[
    scoring
  ]
  return [
    `lists of up to ${max_top_k.toLocaleString('en')} tokens`,
    exact_bytes ? 'exact bytes' : 'tokens as text only',
    token_contexts ? 'contexts of tokens' : 'contexts of text',
    scored,
    streaming ? 'streams' : 'no streams',
    basis === 'raw' ? 'before temperature' : 'after temperature',
    `context of ${context_length.toLocaleString('en')}`,
  ].join(', ')
}

function probeOf(probe: MemberView['probe']): (Node | string)[] {
  if (probe === undefined) return ['this gateway does not tell its verdict']
  if (probe === null) return ['not probed yet']
  const when = new Date(probe.at * 1000).toLocaleTimeString()
  const notes = probe.notes.map((note) => element('li', { text: note }))
  return [
    `${probe.ok ? 'passed' : 'failed'} at ${when}`,
    ...(notes.length === 0 ? [] : [element('ul', { children: notes })]),
  ]
}
