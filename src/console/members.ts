import { byId, element } from './dom.ts'
import { defineMemberCard, type MemberCard } from './member-card.ts'
import type { Page, View } from './page.ts'
import type { EnsembleView } from './wire.ts'

interface Section {
  readonly root: HTMLElement
  readonly ids: string
  readonly badge: HTMLElement
  readonly note: HTMLElement
  readonly cards: ReadonlyMap<string, MemberCard>
}

/** The view of who is there and how they are. */
export function connectMembers(page: Page): View & { heard(): void } {
  const root = byId('members', HTMLElement)
  const status = byId('members-status', HTMLElement)
  const sections = new Map<string, Section>()
  let states: ReadonlyMap<string, string> = new Map()

  byId('members-curl', HTMLButtonElement).addEventListener('click', () => page.copy('v1/ensembles'))

  /** Says who went down or came back, and only that, so that what is read aloud is news. */
  function announce(): void {
    const now = new Map(
      page.ensembles.flatMap(({ members }) => members.map(({ id, status: own }) => [id, own] as const)),
    )
    const news = [...now].filter(([id, own]) => states.has(id) && states.get(id) !== own)
    states = now
    if (news.length === 0) return
    status.textContent = news.map(([id, own]) => `${id} is ${own === 'up' ? 'back' : 'down'}`).join(', ')
  }

  function sectionOf(ensemble: EnsembleView): Section {
    const ids = ensemble.members.map(({ id }) => id).join()
    const known = sections.get(ensemble.name)
    if (known?.ids === ids) return known
    known?.root.remove()
    const made = defineSection(ensemble, ids)
    sections.set(ensemble.name, made)
    root.append(made.root)
    return made
  }

  return {
    heard() {
      announce()
      for (const [name, { root: old }] of sections) {
        if (page.ensembles.some((ensemble) => ensemble.name === name)) continue
        old.remove()
        sections.delete(name)
      }
      for (const ensemble of page.ensembles) updateSection(sectionOf(ensemble), ensemble)
    },
    update() {},
    repaint() {
      for (const { cards } of sections.values()) for (const card of cards.values()) card.repaint()
    },
  }
}

function defineSection({ name, members }: EnsembleView, ids: string): Section {
  const cards = new Map(members.map(({ id }) => [id, defineMemberCard(id)]))
  const badge = element('span', { class: 'badge' })
  const note = element('p', { class: 'note' })
  const root = element('section', {
    attributes: { 'aria-label': `Ensemble ${name}` },
    children: [
      element('h2', { children: [name, badge] }),
      note,
      element('div', { class: 'cards', children: [...cards.values()].map((card) => card.root) }),
    ],
  })
  return { root, ids, badge, note, cards }
}

function updateSection({ badge, note, cards }: Section, ensemble: EnsembleView): void {
  const { ready, pool, granularity, quorum, members } = ensemble
  const up = members.filter(({ status }) => status === 'up').length
  badge.className = ready ? 'badge up' : 'badge down'
  badge.textContent = ready ? 'ready' : 'not ready'
  note.textContent = `${up} of ${members.length} members up (${quorum} needed) · pool ${pool.replace('_', '-')} · fused ${granularity} by ${granularity}`
  for (const member of members) cards.get(member.id)?.update(member)
}
