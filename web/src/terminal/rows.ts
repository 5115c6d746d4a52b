/** Which row of the terminal shows which line: long lines take several rows, and old ones are dropped. */

/** What is asked of xterm's buffer. */
export interface Rows {
  /** Rows that were written, with the empty one that the cursor stands in. */
  readonly baseY: number
  readonly cursorY: number
  getLine(row: number): { readonly isWrapped: boolean } | undefined
}

/** `next` is the number of the line that the cursor stands in. */
export function rowOfLine(rows: Rows, line: number, next: number): number | null {
  let number = next
  for (let row = rows.baseY + rows.cursorY; row >= 0; row -= 1) {
    if (rows.getLine(row)?.isWrapped) continue
    if (number === line) return row
    number -= 1
  }
  return null
}

export function lineOfRow(rows: Rows, wanted: number, next: number): number | null {
  let number = next
  for (let row = rows.baseY + rows.cursorY; row >= 0; row -= 1) {
    const isFirst = !rows.getLine(row)?.isWrapped
    if (row <= wanted && isFirst) return number < next ? number : null
    if (isFirst) number -= 1
  }
  return null
}
