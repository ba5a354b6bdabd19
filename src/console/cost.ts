import { colourOf } from './colours.ts'
import { byId, element } from './dom.ts'
import { count, milliseconds, percent } from './format.ts'
import type { Diagnosis, MemberCost } from './wire.ts'

/** What an answer has cost and who had what part in it. */
export function showCost(diagnosis: Diagnosis | null, segments: number): void {
  byId('cost', HTMLElement).hidden = diagnosis === null
  if (diagnosis === null) return
  byId('cost-words', HTMLElement).textContent = `${wordsOf(diagnosis, segments).join(' · ')}.`
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
      element('tbody', { children: diagnosis.members.map(rowOf) }),
    ],
  })
  byId('cost-table', HTMLElement).replaceChildren(table)
}

function wordsOf(diagnosis: Diagnosis, segments: number): string[] {
  const { steps, certified_steps, waves, usage, timings, degraded, acceptance, strategy } = diagnosis
  const decided = steps === undefined ? '' : ` in ${count(steps, 'decision')}`
  const uncertain = (steps ?? 0) - (certified_steps ?? 0)
  return [
    `${count(segments, 'piece')}${decided}, ${milliseconds(timings.total_ms)}`,
    `${count(usage.calls, 'call')}${waves === undefined ? '' : ` in ${count(waves, 'wave')}`}`,
    ...(usage.wasted === undefined ? [] : [`${count(usage.wasted, 'list')} fetched in vain`]),
    ...(acceptance == null ? [] : [`all members went the chosen way at ${percent(acceptance)} of decisions`]),
    ...(uncertain === 0 ? [] : [`${count(uncertain, 'decision')} not certain`]),
    ...(strategy === undefined ? [] : [`chosen among whole answers (${strategy}), so no piece has a carrier`]),
    ...(degraded ? ['some member was missing'] : []),
  ]
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
