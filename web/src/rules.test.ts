/** Rules of the page that a machine can check. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(ts|vue|css)$/.test(path) && !path.endsWith('.test.ts'))
  .map((path) => ({ path, text: readFileSync(join('src', path), 'utf8') }))

function having(pattern: RegExp, except: string[] = []): string[] {
  return files.filter(({ path, text }) => !except.includes(path) && pattern.test(text)).map(({ path }) => path)
}

describe('the page', () => {
  it('shows text as text, whatever is in it', () => expect(having(/v-html|innerHTML|outerHTML|insertAdjacentHTML|document\.write/)).toEqual([]))
  it('sends no input to a terminal', () => expect(having(/onData|onBinary|onKey\b/)).toEqual([]))
  it('evaluates nothing', () => expect(having(/\beval\(|new Function/)).toEqual([]))
  it('takes nothing from elsewhere', () => expect(having(/https?:\/\/(?!www\.w3\.org)/)).toEqual([]))
  it('has colours from the tokens only', () => expect(having(/#[0-9a-f]{3,8}\b|rgba?\(|hsl\(/i, ['terminal/screen.ts'])).toEqual([]))
  it('has files that fit into a head', () => {
    const written = files.filter(({ path }) => path !== 'api/generated.ts')
    expect(written.filter(({ text }) => text.split('\n').length > 250).map(({ path }) => path)).toEqual([])
  })
  it('says in each file what it is for', () => {
    const silent = files.filter(({ text }) => !/^\s*(<script setup lang="ts">\s*)?\/\*/.test(text))
    expect(silent.map(({ path }) => path)).toEqual([])
  })
})
