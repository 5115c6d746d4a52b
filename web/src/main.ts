/** Starts the page. */

import '@wikimedia/codex-design-tokens/dist/theme-wikimedia-ui-root.css'
import '@wikimedia/codex/dist/codex.style.css'
import './style/page.css'
import './style/print.css'
import { createApp } from 'vue'
import App from './App.vue'
import { applyTheme } from './words/theme.ts'
import { router } from './router.ts'

applyTheme()
createApp(App).use(router).mount('#page')
