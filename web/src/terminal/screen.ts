/** A run's terminal on the screen: lines come in, nothing goes out. */

import { FitAddon } from '@xterm/addon-fit'
import { SearchAddon } from '@xterm/addon-search'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import { terminalTheme } from './colours.ts'
import { lineOfRow, rowOfLine } from './rows.ts'
import { declareStylesOfSpans, whileStrict } from './strict_styles.ts'

export const MOST_LINES = 100_000

declareStylesOfSpans()

export class Screen {
  private readonly terminal: Terminal
  private readonly search = new SearchAddon()
  private readonly fitting = new FitAddon()
  /** The number of the line that comes next. */
  private next: number

  constructor(private readonly element: HTMLElement, first: number) {
    this.next = first
    this.terminal = new Terminal({
      disableStdin: true,
      convertEol: true,
      cursorInactiveStyle: 'none',
      scrollback: MOST_LINES,
      fontFamily: getComputedStyle(element).fontFamily,
      fontSize: 13,
      minimumContrastRatio: 4.5,
      allowProposedApi: true,
      theme: terminalTheme(element),
    })
    this.terminal.loadAddon(this.search)
    this.terminal.loadAddon(this.fitting)
    // The page's own keys go on working; what selects and copies is the browser's.
    this.terminal.attachCustomKeyEventHandler(() => false)
    whileStrict(document, () => this.terminal.open(element))
    const input = this.terminal.textarea
    input?.setAttribute('readonly', '')
    input?.setAttribute('tabindex', '-1')
    this.fit()
  }

  /** `shown` is called when they can be seen. */
  write(lines: string[], shown?: () => void): void {
    this.next += lines.length
    this.terminal.write(lines.map((line) => `${line}\r\n`).join(''), shown)
  }

  fit(): void {
    if (this.element.clientHeight > 0) this.fitting.fit()
  }

  recolour(): void {
    this.terminal.options.theme = terminalTheme(this.element)
  }

  find(text: string, direction: 'next' | 'before'): boolean {
    const options = { caseSensitive: false, decorations: { matchOverviewRuler: '#ab7f2a', activeMatchColorOverviewRuler: '#36c' } }
    return direction === 'next' ? this.search.findNext(text, options) : this.search.findPrevious(text, options)
  }

  /** The number of the line at this height of the screen, in pixels. */
  lineAt(pixels: number): number | null {
    const screen = this.element.querySelector('.xterm-screen')
    if (!screen) return null
    const row = Math.floor(pixels / (screen.clientHeight / this.terminal.rows))
    return lineOfRow(this.terminal.buffer.active, this.terminal.buffer.active.viewportY + row, this.next)
  }

  /** Answers whether the line is here. */
  showLine(line: number): boolean {
    const row = rowOfLine(this.terminal.buffer.active, line, this.next)
    if (row === null) return false
    this.terminal.scrollToLine(Math.max(0, row - 2))
    this.terminal.select(0, row, this.terminal.cols)
    return true
  }

  toEnd(): void {
    this.terminal.scrollToBottom()
  }

  scroll(pages: number): void {
    this.terminal.scrollPages(pages)
  }

  dispose(): void {
    this.terminal.dispose()
  }
}
