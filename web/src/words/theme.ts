/** Light or dark: as the system is, unless the person chose. */

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'theme'
const media: Record<Theme, string> = { system: '(prefers-color-scheme: dark)', light: 'not all', dark: 'all' }

export function theme(): Theme {
  const kept = localStorage.getItem(KEY)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

export function chooseTheme(chosen: Theme): void {
  localStorage.setItem(KEY, chosen)
  applyTheme()
}

/** The dark tokens are a sheet of their own, of which the condition is changed. */
export function applyTheme(): void {
  document.querySelector('#dark')?.setAttribute('media', media[theme()])
}
