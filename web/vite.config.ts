import { readFileSync } from 'node:fs'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import type { Plugin } from 'vite'
import { fixtureServer } from './dev/fixture_server.ts'

/** The dark tokens are a sheet of their own at `/dark.css`, so that its condition can be changed. */
function darkSheet(): Plugin {
  const tokens = readFileSync(new URL('node_modules/@wikimedia/codex-design-tokens/dist/theme-wikimedia-ui-mode-dark.css', import.meta.url), 'utf8')
  // Stronger than the light ones, whichever sheet comes last.
  const source = tokens.replaceAll(':root', ':root:root')
  return {
    name: 'dark-sheet',
    configureServer: (server) => {
      server.middlewares.use('/dark.css', (_, answer) => answer.setHeader('content-type', 'text/css').end(source))
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'dark.css', source })
    },
  }
}

export default defineConfig({
  plugins: [vue(), darkSheet(), fixtureServer()],
  build: {
    target: 'es2022',
    // Nothing inline: the content security policy refuses it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: { include: ['src/**/*.test.ts'], pool: 'threads', maxWorkers: 1, isolate: false },
})
