import { byId } from './dom.ts'
import { type Tab, tabs } from './state.ts'

/** The tabs as the ARIA Authoring Practices have them: one stop of the tab key, arrows between them. */
export function connectTabs(chosen: (tab: Tab) => void): { show(tab: Tab): void } {
  const buttonOf = (tab: Tab) => byId(`tab-${tab}`, HTMLButtonElement)

  function show(tab: Tab): void {
    for (const one of tabs) {
      const button = buttonOf(one)
      button.setAttribute('aria-selected', String(one === tab))
      button.tabIndex = one === tab ? 0 : -1
      byId(`panel-${one}`, HTMLElement).hidden = one !== tab
    }
  }
  for (const [index, tab] of tabs.entries()) {
    const button = buttonOf(tab)
    button.addEventListener('click', () => chosen(tab))
    button.addEventListener('keydown', ({ key }) => {
      const to = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tabs.length - 1 }[key]
      const target = to === undefined ? undefined : tabs.at(to % tabs.length)
      if (target === undefined) return
      chosen(target)
      buttonOf(target).focus()
    })
  }
  return { show }
}
