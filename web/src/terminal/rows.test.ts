import { describe, expect, it } from 'vitest'
import { lineOfRow, rowOfLine, type Rows } from './rows.ts'

/** Lines 40 to 43, of which the second takes three rows; the cursor stands behind them. */
const wrapped = [false, false, true, true, false, false, false]
const rows: Rows = { baseY: 4, cursorY: 2, getLine: (row) => (wrapped[row] === undefined ? undefined : { isWrapped: wrapped[row] }) }
const NEXT = 44

describe('rows and lines of a terminal', () => {
  it.each([[40, 0], [41, 1], [42, 4], [43, 5]])('line %i begins in row %i', (line, row) => expect(rowOfLine(rows, line, NEXT)).toBe(row))
  it.each([[0, 40], [1, 41], [3, 41], [4, 42], [5, 43]])('row %i shows line %i', (row, line) => expect(lineOfRow(rows, row, NEXT)).toBe(line))
  it('knows no line that was dropped', () => expect(rowOfLine(rows, 39, NEXT)).toBeNull())
  it('knows no line where nothing was written yet', () => expect(lineOfRow(rows, 6, NEXT)).toBeNull())
})
