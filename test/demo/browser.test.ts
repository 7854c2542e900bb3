import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BrowserContext, Locator, Page } from 'playwright-core'
import { demoOfSuite } from './demo-of-suite.ts'

const WARN_AFTER = 3
const EXPIRE_AFTER = 6

/** Longer than anything takes here. */
const PATIENCE_MS = 40_000

describe('the demo in a browser, with the timer written by hand', { concurrency: 4 }, () => {
  const demo = demoOfSuite(['--warn-after', String(WARN_AFTER), '--expire-after', String(EXPIRE_AFTER)])

  async function inBrowser (test: (page: Page, context: BrowserContext) => Promise<void>, expected = /^$/): Promise<void> {
    await demo.visit({ patienceMs: PATIENCE_MS, expected }, test)
  }

  it('signs out who does nothing, with the mouse lying on the page, and says why, also to who comes back', () => inBrowser(async page => {
    await signIn(page, 'Ida')
    await page.getByRole('link', { name: 'Long form' }).first().click()
    await page.mouse.move(640, 360) // where the warning will appear: what moves under a pointer is no activity
    await warningOf(page).waitFor()
    await page.waitForURL('/login?next=%2Fform&reason=idle')
    assert.equal(await reasonOf(page).textContent(), `You were signed out because nobody used this browser for ${EXPIRE_AFTER} seconds.`)
    await until(() => demo.lines.some(line => line.startsWith('The session of "Ida" ended (idle)')))
    await page.goBack()
    await page.waitForURL('/login?next=%2F&reason=idle') // the browser keeps the cookie, and the server the reason
  }))

  it('signs out who only polls, and says why', () => inBrowser(async page => {
    await signIn(page, 'Paul')
    await page.getByLabel('Poll every second').check()
    await page.getByText(/unread, asked [2-9] times/).waitFor()
    await page.getByRole('row', { name: /GET \/api\/unread ×\d+ passive: nothing recorded/ }).waitFor()
    await page.waitForURL(/\/login/)
    assert.match(String(await reasonOf(page).textContent()), /nobody used this browser/)
  }))

  it('keeps who moves the mouse signed in, without a warning, by few pings and nothing else', () => inBrowser(async page => {
    await signIn(page, 'Moira', '/form')
    const requests = requestsOf(page)
    await keepDoing(() => moveMouse(page), warningOf(page))
    assert.deepEqual([...new Set(requests)], ['/session_security/ping'])
    assert.ok(requests.length <= EXPIRE_AFTER, `${requests.length} pings`)
    await isStillSignedIn(page, '/form')
  }))

  it('keeps who types into the long form signed in, and what was typed', () => inBrowser(async page => {
    await signIn(page, 'Tom', '/form')
    const history = page.getByLabel('History')
    let typed = ''
    await history.focus()
    await keepDoing(async () => {
      await page.keyboard.type('a')
      typed += 'a'
    }, warningOf(page))
    await isStillSignedIn(page, '/form')
    assert.equal(await history.inputValue(), typed)
  }))

  it('warns, counts down, and lets "Stay signed in" put it off', () => inBrowser(async page => {
    await signIn(page, 'Wanda', '/form')
    await page.getByLabel('Given name').fill('Maria')
    const warning = warningOf(page)
    await warning.waitFor()
    const button = warning.getByRole('button', { name: 'Stay signed in' })
    const ways = [
      () => button.dispatchEvent('click'), // as assistive technology does it: no key, no pointer
      () => page.keyboard.press('Enter'), // the button has the focus
      () => button.click()
    ]
    for (const stay of ways) {
      await stay()
      await warning.waitFor({ state: 'hidden' })
      await isStillSignedIn(page, '/form')
      await warning.waitFor() // again, and later than the end would have been
    }
    assert.equal(await page.getByLabel('Given name').inputValue(), 'Maria')
    await until(async () => await warning.getByRole('timer').textContent() === '1 second')
  }))

  it('does not warn in one tab who works in another', () => inBrowser(async (idle, context) => {
    await signIn(idle, 'Tabea')
    const busy = await context.newPage()
    await busy.goto('/form')
    await keepDoing(() => moveMouse(busy), warningOf(idle))
    assert.equal(new URL(idle.url()).pathname, '/')
  }))

  it('hides the page when time is up and the server is out of reach', () => inBrowser(async (page, context) => {
    await signIn(page, 'Otto', '/form')
    await warningOf(page).waitFor()
    await context.setOffline(true)
    await page.locator('body').waitFor({ state: 'hidden' })
    await context.setOffline(false)
    await page.waitForURL('/login?next=%2Fform&reason=idle')
    await reasonOf(page).waitFor()
  }, /ERR_INTERNET_DISCONNECTED/))

  it('signs out on request, in the other tabs too', () => inBrowser(async (page, context) => {
    await signIn(page, 'Sol')
    const other = await context.newPage()
    await other.goto('/form')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('/login?reason=logout')
    assert.equal(await reasonOf(page).textContent(), 'You signed out.')
    await other.waitForURL(/\/login/)
    await page.goto('/')
    await page.waitForURL('/login?next=%2F')
  }))

  it('can be used with the keyboard alone', () => inBrowser(async page => {
    await page.goto('/')
    await until(() => isFocused(page.getByLabel('Your name'))) // by itself
    await page.keyboard.type('Kim')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Hello, Kim' }).waitFor()
    await tabTo(page, page.getByRole('link', { name: 'Skip to the content' }))
    await page.keyboard.press('Enter')
    assert.ok(await isFocused(page.getByRole('main')))
    await tabTo(page, page.getByLabel('Poll every second'))
    await page.keyboard.press('Space')
    assert.ok(await page.getByLabel('Poll every second').isChecked())
    await tabTo(page, page.getByRole('navigation').getByRole('link', { name: 'Long form' }), 'Shift+Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL('/form')
    await tabTo(page, page.getByLabel('Given name'))
    await page.keyboard.type('Maria')
    await page.keyboard.press('Enter')
    await page.getByText('Received and thrown away: 1 field.').waitFor()
    await tabTo(page, page.getByRole('button', { name: 'Sign out' }))
    await page.keyboard.press('Enter')
    await page.waitForURL('/login?reason=logout')
  }))

  it('labels every field, and has one heading and one main part on every page', () => inBrowser(async page => {
    await page.goto('/login')
    await isWellFormed(page)
    await signIn(page, 'Lea')
    await isWellFormed(page)
    await page.goto('/form')
    await isWellFormed(page)
  }))
})

async function signIn (page: Page, name: string, next = '/'): Promise<void> {
  await page.goto(next)
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(next)
  await page.request.post('/timer', { form: { timer: 'hand' } })
  await page.goto(next)
}

async function isStillSignedIn (page: Page, path: string): Promise<void> {
  await until(async () => await page.evaluate('fetch("/session_security/ping").then(answer => answer.json()).then(view => view.state)') === 'active')
  assert.equal(new URL(page.url()).pathname, path)
}

function warningOf (page: Page): Locator {
  return page.getByRole('dialog', { name: 'You are about to be signed out' })
}

function reasonOf (page: Page): Locator {
  return page.getByRole('status')
}

/** The paths that the page asks for from now on, files aside. */
function requestsOf (page: Page): string[] {
  const paths: string[] = []
  page.on('request', request => {
    const { pathname } = new URL(request.url())
    if (!pathname.startsWith('/assets/')) paths.push(pathname)
  })
  return paths
}

/** Does something again and again until an idle session would long have ended, and sees that nobody is warned meanwhile. */
async function keepDoing (something: () => Promise<void>, warning: Locator): Promise<void> {
  const end = Date.now() + 1.5 * EXPIRE_AFTER * 1000
  while (Date.now() < end) {
    await something()
    assert.equal(await warning.count(), 0, 'no warning')
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

async function moveMouse (page: Page): Promise<void> {
  await page.mouse.move(200 + Math.random() * 200, 300)
}

async function until (holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS
  while (!await holds()) {
    assert.ok(Date.now() < end, 'waited in vain')
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

async function isFocused (element: Locator): Promise<boolean> {
  return await element.evaluate(element => element === element.ownerDocument.activeElement)
}

async function tabTo (page: Page, element: Locator, key = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    if (await isFocused(element)) return
    await page.keyboard.press(key)
  }
  assert.fail(`${String(element)} cannot be reached with ${key}`)
}

async function isWellFormed (page: Page): Promise<void> {
  assert.equal(await page.locator('html').getAttribute('lang'), 'en')
  assert.equal(await page.getByRole('main').count(), 1)
  assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1)
  const fields = '[...document.querySelectorAll("input:not([type=hidden]), select, textarea")]'
  assert.deepEqual(await page.evaluate(`${fields}.filter(field => field.labels.length !== 1).map(field => field.id)`), [])
}
