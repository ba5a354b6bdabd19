import { colourOf } from './colours.ts'
import { byId, element } from './dom.ts'
import { count, milliseconds, percent } from './format.ts'
import type { Diagnosis, MemberCost } from './wire.ts'

/** What an answer has cost and who had what part in it. */
export function showCost(diagnosis: Diagnosis | null, segments: number): void {
  byId('cost', HTMLElement).hidden = diagnosis === null
  if (diagnosis === null) return
  const { steps, waves, usage, timings, degraded, acceptance, certified_steps, members } = diagnosis
  const parts = [
    `${count(segments, 'piece')} in ${count(steps ?? 0, 'decision')}, ${milliseconds(timings.total_ms)}`,
    `${count(usage.calls, 'call')} in ${count(waves ?? 0, 'wave')}`,
    ...(usage.wasted === undefined ? [] : [`${count(usage.wasted, 'list')} fetched in vain`]),
    ...(acceptance == null ? [] : [`all members went the chosen way at ${percent(acceptance)} of decisions`]),
    ...(certified_steps === steps ? [] : [`${count(steps - certified_steps, 'decision')} not certain`]),
    ...(degraded ? ['some member was missing'] : []),
  ]
  byId('cost-words', HTMLElement).textContent = `${parts.join(' · ')}.`
  const heads = ['', 'carried', 'agreed', 'pivotal', 'bits a byte', 'calls', 'lists used', 'in vain', 'waited for']
  const table = element('table', {
    class: 'figures',
    children: [
      element('caption', { class: 'sr', text: 'Each member’s part' }),
      element('thead', {
        children: [
          element('tr', {
            children: heads.map((text) =>
              text === '' ? element('td') : element('th', { text, attributes: { scope: 'col' } }),
            ),
          }),
        ],
      }),
      element('tbody', { children: members.map(rowOf) }),
    ],
  })
  byId('cost-table', HTMLElement).replaceChildren(table)
}

function rowOf(member: MemberCost): HTMLElement {
  const known = (value: number | null | undefined, write: (value: number) => string) =>
    value == null ? '–' : write(value)
  const { id, status, error, tokens } = member
  const name = element('th', {
    attributes: { scope: 'row' },
    children: [element('span', { class: 'swatch', style: { '--colour': colourOf(id) } }), id],
  })
  if (status !== 'ok') name.append(element('span', { class: 'error', text: ` ${error?.message ?? status}` }))
  const figures = [
    known(member.mean_responsibility, percent),
    known(member.agreement, percent),
    known(member.pivotal_steps, String),
    known(member.bits_per_byte, (value) => value.toFixed(2)),
    known(member.calls, String),
    known(tokens?.used, String),
    known(tokens?.wasted, String),
    known(member.latency_ms?.total, milliseconds),
  ]
  return element('tr', { children: [name, ...figures.map((text) => element('td', { text }))] })
}
