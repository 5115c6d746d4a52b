/** The terminal's colours, from the tokens of the page. */

import type { ITheme } from '@xterm/xterm'

const tokens = {
  background: '--background-color-neutral-subtle',
  foreground: '--color-base',
  black: '--color-base',
  red: '--color-error',
  green: '--color-success',
  yellow: '--color-warning',
  blue: '--color-progressive',
  magenta: '--color-visited',
  cyan: '--color-progressive',
  white: '--color-subtle',
  brightBlack: '--color-subtle',
  brightRed: '--color-error',
  brightGreen: '--color-success',
  brightYellow: '--color-warning',
  brightBlue: '--color-progressive',
  brightMagenta: '--color-visited',
  brightCyan: '--color-progressive',
  brightWhite: '--color-emphasized',
  selectionBackground: '--background-color-progressive--focus',
} as const

export function terminalTheme(of: Element): ITheme {
  const styles = getComputedStyle(of)
  const theme: ITheme = {}
  for (const [name, token] of Object.entries(tokens)) theme[name as keyof typeof tokens] = styles.getPropertyValue(token).trim()
  return { ...theme, selectionForeground: styles.getPropertyValue('--color-inverted-fixed').trim() }
}
