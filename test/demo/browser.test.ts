import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { until } from '../helpers/redis-process.ts'
import { isFocused, tabTo } from './keyboard.ts'
import type { TimedVisit } from './timed-demo.ts'
import { timedDemo } from './timed-demo.ts'

const WARN_AFTER = 30
const EXPIRE_AFTER = 60

describe('the demo in a browser, with the timer written by hand', { concurrency: 2 }, () => {
  const visit = timedDemo({ warnAfter: WARN_AFTER, expireAfter: EXPIRE_AFTER })

  it('signs out an idle person, with the mouse on the page, and explains it, also after a return', () => visit(async ({
    page, kit, ended
  }) => {
    await signIn(page, 'Ida')
    await page.getByRole('link', { name: 'Long form' }).first().click()
    await page.mouse.move(640, 360) // where the warning will appear: what moves under a pointer is no activity
    await kit.idle(WARN_AFTER)
    await warningOf(page).waitFor()
    await kit.idle(EXPIRE_AFTER - WARN_AFTER + 1)
    await page.waitForURL('/login?next=%2Fform&reason=idle')
    assert.equal(
      await reasonOf(page).textContent(),
      `You were signed out because nobody used this browser for ${EXPIRE_AFTER} seconds.`
    )
    assert.match(String(ended), /^The session of "Ida" ended \(idle\)/)
    await page.goBack()
    await page.waitForURL('/login?next=%2F&reason=idle') // the browser keeps the cookie, and the server the reason
  }))

  it('signs out a person whose page only polls, and explains it', () => visit(async ({ page, kit }) => {
    await signIn(page, 'Paul')
    await page.getByLabel('Poll every second').check()
    await kit.idle(5)
    await page.getByText(/unread, asked [2-9] times/).waitFor()
    await page.getByRole('row', { name: /GET \/api\/unread ×\d+ passive: nothing recorded/ }).waitFor()
    await kit.idle(EXPIRE_AFTER)
    await page.waitForURL(/\/login/)
    assert.match(String(await reasonOf(page).textContent()), /nobody used this browser/)
  }))

  it('keeps a person who moves the mouse signed in, without a warning, by few pings', () => visit(async ({
    page, kit
  }) => {
    await signIn(page, 'Moira', '/form')
    const requests = requestsOf(page)
    await keepDoing(kit, () => moveMouse(page), warningOf(page))
    assert.deepEqual([...new Set(requests)], ['/session_security/ping'])
    assert.ok(requests.length <= EXPIRE_AFTER, `${requests.length} pings`)
    await isStillSignedIn(page, '/form')
  }))

  it('keeps a person who types signed in, and the text of the form', () => visit(async ({ page, kit }) => {
    await signIn(page, 'Tom', '/form')
    const history = page.getByLabel('History')
    let typed = ''
    await history.focus()
    await keepDoing(kit, async () => {
      await page.keyboard.type('a')
      typed += 'a'
    }, warningOf(page))
    await isStillSignedIn(page, '/form')
    assert.equal(await history.inputValue(), typed)
  }))

  it('warns, counts down, and lets "Stay signed in" put it off', () => visit(async ({ page, kit }) => {
    await signIn(page, 'Wanda', '/form')
    await page.getByLabel('Given name').fill('Maria')
    const warning = warningOf(page)
    const button = warning.getByRole('button', { name: 'Stay signed in' })
    const ways = [
      () => button.dispatchEvent('click'), // as assistive technology does it: no key, no pointer
      () => page.keyboard.press('Enter'), // the button has the focus
      () => button.click()
    ]
    await kit.idle(WARN_AFTER)
    for (const stay of ways) {
      await warning.waitFor()
      await kit.idle(EXPIRE_AFTER - WARN_AFTER - 5)
      await stay()
      await kit.idle(1)
      await warning.waitFor({ state: 'hidden' })
      await isStillSignedIn(page, '/form')
      await kit.idle(WARN_AFTER) // later than the end would have been
    }
    await warning.waitFor()
    assert.equal(await page.getByLabel('Given name').inputValue(), 'Maria')
    const timer = warning.getByRole('timer')
    const [before, after] = [await secondsOf(timer), await kit.idle(10).then(async () => await secondsOf(timer))]
    assert.ok(before > 10 && Math.abs(before - after - 10) <= 1, `${before} and ${after}`)
  }))

  it('does not warn in one tab a person who works in another', () => visit(async ({ page: idle, context, kit }) => {
    await signIn(idle, 'Tabea')
    const busy = await context.newPage()
    await busy.goto('/form')
    await keepDoing(kit, () => moveMouse(busy), warningOf(idle))
    assert.equal(new URL(idle.url()).pathname, '/')
  }))

  it('hides the page when time is up and the server is out of reach', () => visit(async ({ page, context, kit }) => {
    await signIn(page, 'Otto', '/form')
    await kit.idle(WARN_AFTER)
    await warningOf(page).waitFor()
    await context.setOffline(true)
    await kit.idle(EXPIRE_AFTER - WARN_AFTER + 3)
    await page.locator('body').waitFor({ state: 'hidden' })
    await context.setOffline(false)
    await kit.idle(3)
    await page.waitForURL('/login?next=%2Fform&reason=idle')
    await reasonOf(page).waitFor()
  }, { expected: /ERR_INTERNET_DISCONNECTED/ }))

  it('signs out on request, in the other tabs too', () => visit(async ({ page, context, kit }) => {
    await signIn(page, 'Sol')
    const other = await context.newPage()
    await other.goto('/form')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('/login?reason=logout')
    assert.equal(await reasonOf(page).textContent(), 'You signed out.')
    await kit.idle(WARN_AFTER)
    await other.waitForURL(/\/login/)
    await page.goto('/')
    await page.waitForURL('/login?next=%2F')
  }))

  it('can be used with the keyboard alone', () => visit(async ({ page }) => {
    await page.goto('/')
    await until('the field has the focus by itself', () => isFocused(page.getByLabel('Your name')))
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

  it('labels every field, and has one heading and one main part on every page', () => visit(async ({ page }) => {
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
  const state = 'fetch("/session_security/ping").then(answer => answer.json()).then(view => view.state)'
  assert.equal(await page.evaluate(state), 'active')
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

/** Acts every few seconds for longer than an idle session lasts, without a warning. */
async function keepDoing (
  { idle }: TimedVisit['kit'], something: () => Promise<void>, warning: Locator
): Promise<void> {
  for (let seconds = 0; seconds < 1.5 * EXPIRE_AFTER; seconds += 3) {
    await something()
    assert.equal(await warning.count(), 0, 'no warning')
    await idle(3)
  }
}

async function secondsOf (timer: Locator): Promise<number> {
  return Number.parseInt(String(await timer.textContent()))
}

async function moveMouse (page: Page): Promise<void> {
  await page.mouse.move(200 + Math.random() * 200, 300)
}

async function isWellFormed (page: Page): Promise<void> {
  assert.equal(await page.locator('html').getAttribute('lang'), 'en')
  assert.equal(await page.getByRole('main').count(), 1)
  assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1)
  const fields = '[...document.querySelectorAll("input:not([type=hidden]), select, textarea")]'
  assert.deepEqual(
    await page.evaluate(`${fields}.filter(field => field.labels.length !== 1).map(field => field.id)`), []
  )
}
