import { colourOf } from './colours.ts'
import { byId, element } from './dom.ts'
import { percent } from './format.ts'
import type { Page } from './page.ts'
import { askedWeights, configuredWeights, contrasts, findModel, mayWeigh, weightsOf } from './request.ts'
import { sameWeights, weightOf, withWeight } from './weights.ts'
import type { EnsembleView, MemberView } from './wire.ts'

export interface Sliders {
  update(): void
}

/** The members with their weights: the legend of the colours, and sliders where a request may set weights. */
export function connectSliders(page: Page): Sliders {
  const { store } = page
  const root = byId('sliders', HTMLElement)
  const note = byId('weights-note', HTMLElement)
  const equal = byId('equal-weights', HTMLButtonElement)
  const configured = byId('configured-weights', HTMLButtonElement)
  let drawn = ''

  equal.addEventListener('click', () => store.set({ weights: 'equal' }))
  configured.addEventListener('click', () => store.set({ weights: null }))

  function moved(id: string, value: number): void {
    const { ensemble } = findModel(page.ensembles, store.state.model)
    if (ensemble === null) return
    const weights = withWeight(weightsOf(store.state, ensemble), id, value)
    store.set({ weights: sameWeights(weights, configuredWeights(ensemble)) ? null : weights })
  }

  function sliderOf({ id }: MemberView): HTMLElement {
    const attributes = { type: 'range', min: '0', max: '1', step: '0.01', id: `weight-${id}` }
    const input = element('input', { attributes, style: { '--colour': colourOf(id) } })
    input.addEventListener('input', () => moved(id, input.valueAsNumber))
    const name = element('label', {
      attributes: { for: input.id },
      children: [element('span', { class: 'swatch', style: { '--colour': colourOf(id) } }), id],
    })
    const share = element('output', { attributes: { for: input.id, id: `share-${id}` } })
    return element('div', { class: 'slider', children: [name, input, share] })
  }

  function draw(ensemble: EnsembleView): void {
    const ids = ensemble.members.map(({ id }) => id).join()
    if (drawn !== ids) root.replaceChildren(...ensemble.members.map(sliderOf))
    drawn = ids
  }

  return {
    update() {
      const { state } = store
      const { ensemble, member } = findModel(page.ensembles, state.model)
      if (ensemble === null) return
      draw(ensemble)
      const free = member === null && mayWeigh(ensemble)
      const asked = free ? askedWeights(state, ensemble) : null
      const weights = free ? weightsOf(state, ensemble) : configuredWeights(ensemble)
      for (const { id, status } of ensemble.members) {
        const input = byId(`weight-${id}`, HTMLInputElement)
        const share = member === null ? weightOf(weights, id) : Number(id === member.id)
        input.disabled = !free
        // The last decimals of the others would move the slider under the pointer.
        if (Math.abs(input.valueAsNumber - share) > 0.004) input.value = String(share)
        input.style.setProperty('--filled', `${Math.max(0, share) * 100}%`)
        byId(`share-${id}`, HTMLElement).textContent = status === 'down' ? 'down' : percent(share)
      }
      equal.hidden = !free || asked === 'equal'
      configured.hidden = !free || asked === null
      note.textContent = noteOf(free, asked, ensemble, member !== null)
    },
  }
}

function noteOf(free: boolean, weights: unknown, { per_request, members }: EnsembleView, alone: boolean): string {
  if (alone) return 'One member alone: no weights.'
  if (per_request === undefined) return 'As configured; this gateway takes no weights by request.'
  if (contrasts(members)) return 'As configured: a weight below 0, of a contrasted member, is not for requests to set.'
  if (!free) return 'As configured; the ensemble’s `per_request` would let requests set them.'
  if (weights === null) return 'As the ensemble has them. Move one, and the others share the rest.'
  return weights === 'equal' ? 'Equal, so that each member is seen.' : 'Sent with the request.'
}
