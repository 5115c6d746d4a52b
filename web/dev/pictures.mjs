/** Every page in every state worth a look. */

const wide = { width: 1280, height: 900 }

export const looks = [
  { name: 'light', context: { viewport: wide, colorScheme: 'light' } },
  { name: 'dark', context: { viewport: wide, colorScheme: 'dark' } },
  { name: 'small', context: { viewport: { width: 320, height: 640 }, colorScheme: 'light', hasTouch: true } },
  { name: 'room', context: { viewport: { width: 1920, height: 1080 }, colorScheme: 'dark' } },
  { name: 'contrast', context: { viewport: wide, colorScheme: 'light', forcedColors: 'active', contrast: 'more' } },
  { name: 'contrast-dark', context: { viewport: wide, colorScheme: 'dark', forcedColors: 'active', contrast: 'more' } },
  { name: 'print', context: { viewport: { width: 760, height: 1000 }, colorScheme: 'light' }, media: { media: 'print' } },
]

const screen = ['light', 'dark', 'small']
const all = [...screen, 'contrast', 'contrast-dark']
const paper = [...screen, 'print']

const rest = (page, milliseconds = 400) => page.waitForTimeout(milliseconds)
const press = (key, milliseconds) => (page) => page.keyboard.press(key).then(() => rest(page, milliseconds))
const click = (name) => (page) => page.getByRole('button', { name, exact: true }).click().then(() => rest(page))

async function search(page, text) {
  await page.locator('.deploy-search input').focus()
  await page.keyboard.type(text)
  await rest(page, 600)
}

async function choose(page) {
  await search(page, 'mathoid')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await rest(page, 600)
}

/** A window as tall as the page, so that what sticks to the bottom covers nothing. */
async function tall(page) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight)
  await page.setViewportSize({ ...page.viewportSize(), height: Math.max(height, page.viewportSize().height) })
}

const plan = (page) => choose(page).then(() => tall(page))

async function stepUp(page) {
  await choose(page)
  await page.locator('.bar button').click()
  await rest(page, 500)
}

async function unmask(page) {
  await page.getByRole('button', { name: 'show what was printed without the mask' }).click()
  await page.getByLabel('Reason').fill('a certificate is in question')
  await page.getByRole('button', { name: 'Show it' }).click()
  await rest(page, 600)
}

/** The browser's own part is left out: an address in numbers has no passkeys. */
async function makePasskey(page) {
  await page.evaluate(() => {
    PublicKeyCredential.parseCreationOptionsFromJSON = (options) => options
    navigator.credentials.create = () => Promise.resolve({ toJSON: () => ({}) })
  })
  await page.getByLabel('Name of a new passkey').fill('Laptop')
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await rest(page)
}

async function wrongCode(page) {
  await page.getByLabel('Code of your authenticator app').fill('000000')
  await page.keyboard.press('Enter')
  await rest(page)
}

/** Of what is looked at in the same window, such as a dialog. */
const window = { fullPage: false }
const picture = (name, scenario, path, more = {}) => ({ name, scenario, path, looks: screen, ...more })
const run = (scenario, number, more = {}) => picture(`run-${scenario}`, scenario, `/runs/${number}`, { until: '.dock .xterm-rows', brings: '.dock .place', ...more })
const deploy = (name, scenario, more = {}) => picture(name, scenario, '/deploy', { act: plan, ...more })

export const pictures = [
  picture('home-many', 'many', '/', { looks: [...all, 'room'] }),
  picture('home-one', 'one', '/'),
  picture('home-empty', 'empty', '/'),
  picture('home-frozen', 'frozen', '/'),
  picture('home-names', 'names', '/'),
  picture('home-loading', 'loading', '/'),
  picture('home-failing', 'failing_server', '/'),
  picture('home-lost', 'lost', '/', { until: '.live.is-lost' }),
  picture('home-keys', 'one', '/', { ...window, act: press('?') }),
  run('one', 2041, { looks: [...all, 'room'] }),
  run('begun', 4),
  run('judging', 4),
  run('asking', 4, { looks: [...all, 'room'] }),
  run('onlooker', 4),
  run('approve', 2041),
  run('held', 2041),
  run('rolled_back', 3, { looks: [...all, 'print'] }),
  run('succeeded', 2, { looks: paper }),
  run('stragglers', 2, { looks: paper }),
  run('stuck', 4),
  run('refused', 2041),
  run('failing', 2041),
  run('hosts_500', 2041),
  run('names', 2041),
  run('names', 2040, { name: 'run-right-to-left' }),
  run('loading', 2041, { until: null, brings: null }),
  run('one', 9, { name: 'run-missing', until: null, brings: null }),
  run('one', 2041, { name: 'run-terminal', ...window, act: press('t', 2_000) }),
  run('one', 2041, { name: 'run-keys', ...window, act: press('?') }),
  run('one', 2041, { name: 'run-abort', ...window, act: press('a') }),
  run('judging', 4, { name: 'run-hand-over', ...window, act: click('Hand over') }),
  run('unmasking', 2041, { ...window, act: unmask }),
  deploy('deploy', 'one', { act: null }),
  deploy('deploy-search', 'one', { act: (page) => search(page, 'ma') }),
  deploy('deploy-none', 'empty', { act: (page) => search(page, 'nothing') }),
  deploy('deploy-planning', 'planning'),
  deploy('deploy-unplanned', 'unplanned'),
  deploy('deploy-plan', 'one', { looks: all }),
  deploy('deploy-queued', 'queued'),
  deploy('deploy-hindered', 'hindered'),
  deploy('deploy-alone', 'alone'),
  deploy('deploy-asked', 'asked'),
  deploy('deploy-agreed', 'agreed'),
  picture('deploy-approving', 'approving', '/deploy?approval=a3c1e8d95f0b&person=grace', { act: tall }),
  deploy('deploy-names', 'names'),
  deploy('deploy-step-up', 'one', { ...window, act: stepUp }),
  deploy('deploy-step-up-failed', 'one', { ...window, act: (page) => stepUp(page).then(() => click('Use a passkey')(page)) }),
  picture('history', 'many', '/runs', { looks: all }),
  picture('history-empty', 'empty', '/runs'),
  picture('history-none', 'many', '/runs?search=nothing'),
  picture('history-loading', 'loading', '/runs'),
  picture('history-failing', 'failing_server', '/runs'),
  picture('service', 'many', '/services/mathoid', { looks: all }),
  picture('service-empty', 'empty', '/services/mathoid'),
  picture('service-failing', 'failing_server', '/services/mathoid'),
  picture('audit', 'many', '/audit', { looks: all }),
  picture('audit-broken', 'audit_broken', '/audit'),
  picture('audit-empty', 'empty', '/audit'),
  picture('audit-failing', 'failing_server', '/audit'),
  picture('admin', 'many', '/admin', { looks: all }),
  picture('admin-empty', 'empty', '/admin'),
  picture('admin-frozen', 'frozen', '/admin'),
  picture('admin-danger', 'many', '/admin', { ...window, act: click('ban grace') }),
  picture('profile', 'many', '/profile', { looks: all }),
  picture('profile-passkey', 'many', '/profile', { act: makePasskey }),
  picture('sign-in', 'signed_out', '/', { looks: all }),
  picture('sign-in-factor', 'second_factor', '/'),
  picture('sign-in-refused', 'second_factor', '/', { act: wrongCode }),
  picture('nowhere', 'one', '/nowhere'),
]
