/** Every page in every state worth a look. */

const wide = { width: 1280, height: 900 }

export const looks = [
  { name: 'light', context: { viewport: wide, colorScheme: 'light' } },
  { name: 'dark', context: { viewport: wide, colorScheme: 'dark' } },
  { name: 'small', context: { viewport: { width: 320, height: 640 }, colorScheme: 'light', hasTouch: true } },
  { name: 'contrast', context: { viewport: wide, colorScheme: 'light', forcedColors: 'active', contrast: 'more' } },
  { name: 'print', context: { viewport: { width: 760, height: 1000 }, colorScheme: 'light' }, media: { media: 'print' } },
]

const screen = ['light', 'dark', 'small']
const all = [...screen, 'contrast']
const one = ['light', 'small']

async function plan(page) {
  await page.locator('.deploy-search input').focus()
  await page.keyboard.type('mathoid')
  await page.waitForTimeout(600)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.waitForTimeout(600)
}

async function terminal(page) {
  await page.keyboard.press('t')
  await page.waitForTimeout(800)
}

const run = (scenario, number, looks = screen, more = {}) => ({ name: `run-${scenario}`, scenario, path: `/runs/${number}`, looks, until: '.dock .xterm-rows span', ...more })

export const pictures = [
  { name: 'home-many', scenario: 'many', path: '/', looks: all },
  { name: 'home-one', scenario: 'one', path: '/', looks: one },
  { name: 'home-empty', scenario: 'empty', path: '/', looks: screen },
  { name: 'home-frozen', scenario: 'frozen', path: '/', looks: screen },
  { name: 'home-names', scenario: 'names', path: '/', looks: screen },
  { name: 'home-loading', scenario: 'loading', path: '/', looks: one },
  { name: 'home-failing', scenario: 'failing_server', path: '/', looks: screen },
  { name: 'home-keys', scenario: 'one', path: '/', looks: screen, fullPage: false, act: (page) => page.keyboard.press('?').then(() => page.waitForTimeout(400)) },
  run('one', 2041, all),
  run('begun', 4, one),
  run('judging', 4, screen),
  run('asking', 4, all),
  run('rolled_back', 3, [...all, 'print']),
  run('succeeded', 2, [...screen, 'print']),
  run('stuck', 4, screen),
  run('refused', 2041, one),
  run('failing', 2041, screen),
  run('hosts_500', 2041, screen),
  run('names', 2041, screen),
  { ...run('names', 2040, one), name: 'run-right-to-left' },
  { ...run('loading', 2041, one, { until: null }), name: 'run-loading' },
  { ...run('one', 9, one, { until: null }), name: 'run-missing' },
  { ...run('one', 2041, screen, { fullPage: false, act: terminal }), name: 'run-terminal' },
  { ...run('one', 2041, one, { fullPage: false, act: (page) => page.keyboard.press('a').then(() => page.waitForTimeout(400)) }), name: 'run-abort' },
  { ...run('judging', 4, one, { fullPage: false, act: (page) => page.getByRole('button', { name: 'Hand over' }).click().then(() => page.waitForTimeout(400)) }), name: 'run-hand-over' },
  { name: 'deploy', scenario: 'one', path: '/deploy', looks: one },
  { name: 'deploy-search', scenario: 'one', path: '/deploy', looks: one, act: async (page) => { await page.locator('.deploy-search input').focus(); await page.keyboard.type('ma'); await page.waitForTimeout(600) } },
  { name: 'deploy-plan', scenario: 'one', path: '/deploy', looks: all, act: plan },
  { name: 'deploy-hindered', scenario: 'hindered', path: '/deploy', looks: screen, act: plan },
  { name: 'deploy-approving', scenario: 'approving', path: '/deploy', looks: screen, act: plan },
  { name: 'deploy-alone', scenario: 'alone', path: '/deploy', looks: screen, act: plan },
  { name: 'deploy-names', scenario: 'names', path: '/deploy', looks: one, act: plan },
  { name: 'deploy-step-up', scenario: 'one', path: '/deploy', looks: one, fullPage: false, act: async (page) => { await plan(page); await page.locator('.bar button').click(); await page.waitForTimeout(500) } },
  { name: 'history', scenario: 'many', path: '/runs', looks: all },
  { name: 'history-empty', scenario: 'empty', path: '/runs', looks: one },
  { name: 'history-none', scenario: 'many', path: '/runs?search=nothing', looks: one },
  { name: 'service', scenario: 'many', path: '/services/mathoid', looks: all },
  { name: 'service-empty', scenario: 'empty', path: '/services/mathoid', looks: one },
  { name: 'audit', scenario: 'many', path: '/audit', looks: all },
  { name: 'audit-broken', scenario: 'audit_broken', path: '/audit', looks: one },
  { name: 'audit-empty', scenario: 'empty', path: '/audit', looks: one },
  { name: 'admin', scenario: 'many', path: '/admin', looks: all },
  { name: 'admin-frozen', scenario: 'frozen', path: '/admin', looks: one },
  { name: 'admin-danger', scenario: 'many', path: '/admin', looks: one, fullPage: false, act: async (page) => { await page.getByRole('button', { name: 'ban grace' }).click(); await page.waitForTimeout(400) } },
  { name: 'profile', scenario: 'many', path: '/profile', looks: screen },
  { name: 'sign-in', scenario: 'signed_out', path: '/', looks: all },
  { name: 'sign-in-factor', scenario: 'second_factor', path: '/', looks: screen },
  { name: 'nowhere', scenario: 'one', path: '/nowhere', looks: one },
]
