import { byId } from './dom.ts'

const place = 'tutti.theme'
const next = { auto: 'light', light: 'dark', dark: 'auto' } as const
type Theme = keyof typeof next

const names: Readonly<Record<Theme, string>> = { auto: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' }

/** Light, dark, or as the system is; remembered by the browser. */
export function connectTheme(changed: () => void): void {
  const button = byId('theme-button', HTMLButtonElement)
  let theme = (Object.keys(next) as Theme[]).find((one) => one === localStorage.getItem(place)) ?? 'auto'
  const show = () => {
    document.documentElement.dataset['theme'] = theme
    button.textContent = names[theme]
  }
  button.addEventListener('click', () => {
    theme = next[theme]
    localStorage.setItem(place, theme)
    show()
    changed()
  })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed)
  show()
}
