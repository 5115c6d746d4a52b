import { beforeEach, describe, expect, it } from 'vitest'
import { KeyReader, type KeyBinding } from './keys.ts'

const bindings: KeyBinding[] = ['?', 't', 'g h', 'h'].map((keys) => ({ keys, meaning: keys, run: () => undefined }))
let reader: KeyReader
let now = 0

function press(key: string, more: Partial<{ after: number; target: { tagName: string }; ctrlKey: boolean }> = {}): string | null {
  now += more.after ?? 100
  const event = { key, timeStamp: now, target: more.target ?? { tagName: 'BODY' }, ctrlKey: more.ctrlKey ?? false, metaKey: false, altKey: false }
  return reader.read(event as unknown as KeyboardEvent, bindings)?.keys ?? null
}

describe('keys', () => {
  beforeEach(() => (reader = new KeyReader()))

  it('are read alone', () => expect([press('?'), press('x'), press('t')]).toEqual(['?', null, 't']))
  it('are read one after the other', () => expect([press('g'), press('h')]).toEqual([null, 'g h']))
  it('belong to nothing after a second', () => expect([press('g'), press('h', { after: 1_500 })]).toEqual([null, 'h']))
  it('are letters where one writes', () => expect(press('t', { target: { tagName: 'INPUT' } })).toBeNull())
  it('are the browser’s with control', () => expect(press('t', { ctrlKey: true })).toBeNull())
})
