/**
 * Takes the pictures of the docs. The demo of this checkout runs in a Chromium, under a clock that this script moves.
 * Only dates and session ids differ from run to run.
 */
import { writeFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { buildDemo } from '../src/demo/server.ts'
import type { SessionKit } from '../src/testing.ts'
import { sessionKit } from '../src/testing.ts'
import { launchBrowser } from '../test/helpers/chromium.ts'

const FOLDER = new URL('../docs/pictures/', import.meta.url)
const MOST_BYTES = 150_000

const VARIANTS = {
  light: { viewport: { width: 1200, height: 680 } },
  dark: { viewport: { width: 1200, height: 680 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true }
} as const
const ADMIN_HEIGHT = 910

/** A frame of the README's picture. Two of them, side by side, are about as wide as a README is shown. */
const FRAME = { viewport: { width: 470, height: 620 } }
const SCROLL_TO_FORM = 'scrollTo(0, 205)'
const GAP = 20
const CAPTION = 32

const OPERATOR = 'it.desk@clinic.example'
const USER_AGENTS = {
  chrome: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  firefox: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0',
  safari: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
    'Version/18.0 Mobile/15E148 Safari/604.1'
}
/** Sign-ins in their order. Ten seconds pass after each. */
const PEOPLE: ReadonlyArray<{ readonly name: string, readonly address: string, readonly userAgent: string }> = [
  { name: 'ward-3-kiosk', address: '10.20.9.100', userAgent: USER_AGENTS.chrome },
  { name: 'n.okafor@clinic.example', address: '10.20.4.31', userAgent: USER_AGENTS.firefox },
  { name: 'n.okafor@clinic.example', address: '10.20.7.8', userAgent: USER_AGENTS.safari },
  { name: 'm.ionescu@clinic.example', address: '10.20.4.64', userAgent: USER_AGENTS.firefox },
  { name: OPERATOR, address: '10.20.4.17', userAgent: USER_AGENTS.chrome }
]

/** The texts that the script types, by the labels of the fields. */
const ENTRIES: Readonly<Record<string, string>> = {
  'Given name': 'Maria',
  'Family name': 'Duarte',
  'Patient number': '40718254',
  Telephone: '+351 289 555 014',
  Complaint: 'Coughs since Monday, worse at night.',
  History: 'Two colds in the last half year. No fever. Works in a bakery.'
}

type Demo = SessionKit<FastifyInstance>

const browser = await launchBrowser()
try {
  for (const [name, variant] of Object.entries(VARIANTS)) {
    await inDemo(browser, { warnAfter: 20, expireAfter: 60 }, variant, async (page, kit) => {
      await fillInForm(page, kit, ['Complaint', 'History'])
      await kit.idle(29)
      await take(page, `warning-${name}`)
    })
    await inDemo(browser, { warnAfter: 540, expireAfter: 600 }, variant, async (page, kit) => {
      await openAdminPage(page, kit)
      await page.setViewportSize({ width: variant.viewport.width, height: ADMIN_HEIGHT })
      await take(page, `admin-${name}`)
    })
  }
  await inDemo(browser, { warnAfter: 20, expireAfter: 60 }, FRAME, async (page, kit) => {
    await fillInForm(page, kit, ['Given name', 'Family name', 'Patient number', 'Telephone'])
    await page.evaluate(SCROLL_TO_FORM)
    await kit.idle(29)
    const warning = await page.screenshot({ animations: 'disabled' })
    await kit.idle(32)
    await page.waitForURL(/reason=idle/)
    await page.getByRole('button', { name: 'Sign in' }).click() // the demo has filled in the name
    await page.waitForURL('/form')
    await kit.idle(1)
    await page.getByRole('button', { name: 'Restore entries' }).click()
    await kit.idle(1)
    await page.evaluate(SCROLL_TO_FORM)
    const draft = await page.screenshot({ animations: 'disabled' })
    await takeSideBySide(browser, 'warning-and-draft', [
      ['20 seconds without activity: the page warns', warning], ['After the next sign-in: the entries are back', draft]
    ])
  })
} finally {
  await browser.close()
}

async function inDemo (
  browser: Browser, times: { readonly warnAfter: number, readonly expireAfter: number },
  options: BrowserContextOptions, use: (page: Page, kit: Demo) => Promise<void>
): Promise<void> {
  const kit = await sessionKit(({ store }) => buildDemo({ backend: { store, secret: 'x'.repeat(32) }, ...times }))
  try {
    const baseURL = await kit.app.listen({ host: '127.0.0.1', port: 0 })
    const context = await browser.newContext({ baseURL, locale: 'en-GB', timezoneId: 'UTC', ...options })
    await kit.follow(context)
    await use(await context.newPage(), kit)
    await context.close()
  } finally {
    await kit.close()
  }
}

async function fillInForm (page: Page, kit: Demo, labels: readonly string[]): Promise<void> {
  await page.goto('/form')
  await page.getByLabel('Your name').fill('Ana')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('/form')
  await kit.idle(1)
  for (const label of labels) await page.getByLabel(label).pressSequentially(ENTRIES[label] ?? '')
}

/** Signs everybody in, and opens the admin page as the last of them. */
async function openAdminPage (page: Page, { app, idle }: Demo): Promise<void> {
  let sessionId = ''
  for (const { name, address, userAgent } of PEOPLE) {
    await idle(10)
    const answer = await app.inject({
      method: 'POST',
      url: '/login',
      remoteAddress: address,
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': userAgent },
      payload: new URLSearchParams({ name }).toString()
    })
    sessionId = encodeURIComponent(answer.cookies[0]?.value ?? '')
  }
  await page.context().addCookies([{ name: 'sessionId', value: sessionId, url: app.listeningOrigin }])
  await idle(10)
  await page.goto('/admin')
  await page.getByRole('row').filter({ hasText: 'kiosk' }).getByRole('checkbox').check()
  await page.evaluate('scrollTo(0, 0)')
}

async function take (page: Page, name: string): Promise<void> {
  const picture = await page.screenshot({ animations: 'disabled' })
  if (picture.length > MOST_BYTES) throw new Error(`${name}.png has ${picture.length} bytes`)
  await writeFile(new URL(`${name}.png`, FOLDER), picture)
  console.log(`${name}.png: ${picture.length} bytes`)
}

/** Takes one picture of two frames, each under its text. */
async function takeSideBySide (
  browser: Browser, name: string, frames: ReadonlyArray<readonly [text: string, picture: Buffer]>
): Promise<void> {
  const { viewport: { width, height } } = FRAME
  const viewport = { width: frames.length * (width + GAP) + GAP, height: height + CAPTION + 2 * GAP }
  const page = await browser.newPage({ viewport })
  await page.setContent(`<!doctype html><style>
    body { display: flex; gap: ${GAP}px; margin: 0; padding: ${GAP}px; background: #dfe4ea; font-family: sans-serif }
    figure { margin: 0 } figcaption { height: ${CAPTION}px; font-weight: 600; color: #1b2129 }
    img { display: block; width: ${width}px; border-radius: 10px }
  </style>${frames.map(([text, picture]) => `<figure><figcaption>${text}</figcaption>
    <img alt="" src="data:image/png;base64,${picture.toString('base64')}"></figure>`).join('')}`)
  await take(page, name)
}
