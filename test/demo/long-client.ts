import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BrowserContext, Locator, Page } from 'playwright-core'
import { complaintsOf } from '../helpers/axe.ts'
import { until } from '../helpers/redis-process.ts'
import { demoOfSuite } from './demo-of-suite.ts'

const WARN_AFTER = 3
const EXPIRE_AFTER = 8

describe('the demo in a browser, with the client', { concurrency: 4 }, () => {
  const demo = demoOfSuite(['--warn-after', String(WARN_AFTER), '--expire-after', String(EXPIRE_AFTER)])

  async function inBrowser (test: (page: Page, context: BrowserContext) => Promise<void>): Promise<void> {
    await demo.visit({ patienceMs: 20_000 }, test)
  }

  it('warns and signs out an idle person in every tab, with the reason', () => inBrowser(async (page, context) => {
    await signIn(page, 'Ida')
    const other = await context.newPage()
    await other.goto('/form')
    await Promise.all([page, other].map(async tab => {
      await warningOf(tab).waitFor()
      await tab.waitForURL(/\/login\?next=%2F(?:form)?&reason=idle/)
      assert.equal(
        await reasonOf(tab).textContent(),
        `You were signed out because nobody used this browser for ${EXPIRE_AFTER} seconds.`
      )
    }))
  }))

  it('takes the warning away in every tab when somebody comes back to one', () => inBrowser(async (page, context) => {
    await signIn(page, 'Tabea')
    const other = await context.newPage()
    await other.goto('/form')
    await Promise.all([page, other].map(async tab => await warningOf(tab).waitFor()))
    await new Promise(resolve => setTimeout(resolve, 600)) // for the first half second, keys press nothing
    await other.keyboard.press('Enter') // on "Stay signed in", which has the focus
    await Promise.all([page, other].map(async tab => await warningOf(tab).waitFor({ state: 'hidden', timeout: 5000 })))
    assert.equal(new URL(page.url()).pathname, '/')
  }))

  it('puts the warning off when the page is asked for elsewhere', () => inBrowser(async (page, context) => {
    await signIn(page, 'Rea')
    await warningOf(page).waitFor()
    await context.request.get('/form')
    await warningOf(page).waitFor({ state: 'hidden' })
  }))

  it('signs out in every tab after a sign-out in one', () => inBrowser(async (page, context) => {
    await signIn(page, 'Sol')
    const other = await context.newPage()
    await other.goto('/form')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('/login?reason=logout')
    await other.waitForURL(/\/login/)
  }))

  it('signs out from the warning', () => inBrowser(async page => {
    await signIn(page, 'Wanda')
    await warningOf(page).waitFor()
    await warningOf(page).getByRole('button', { name: 'Sign out' }).dispatchEvent('click')
    await page.waitForURL(/\/login\?.*reason=logout/)
    assert.equal(await reasonOf(page).textContent(), 'You signed out.')
  }))

  it('keeps a person who types signed in, and offers the draft back after the end', () => inBrowser(async page => {
    await signIn(page, 'Tom', '/form')
    const history = page.getByLabel('History')
    await history.focus()
    const end = Date.now() + 1.5 * EXPIRE_AFTER * 1000
    let typed = ''
    for (; Date.now() < end; typed += 'a') {
      await page.keyboard.type('a')
      await new Promise(resolve => setTimeout(resolve, 200))
      assert.equal(await warningOf(page).count(), 0, 'no warning')
    }
    await page.waitForURL(/\/login/)
    await signInHere(page, 'Tom')
    await page.getByRole('button', { name: 'Restore' }).click()
    assert.equal(await page.getByLabel('History').inputValue(), typed)
  }))

  it('offers nobody else the draft, and forgets it', () => inBrowser(async page => {
    await signIn(page, 'Eva', '/form')
    await page.getByLabel('Complaint').fill('Eva\'s secret')
    await page.waitForURL(/\/login/)
    await signInHere(page, 'Mallory')
    await page.getByLabel('Complaint').waitFor()
    await until(
      'the page has started',
      async () => await page.evaluate(
        'fetch("/session_security/ping").then(answer => answer.json()).then(view => view.state)'
      ) === 'active'
    )
    assert.equal(await page.getByRole('button', { name: 'Restore' }).count(), 0)
    assert.doesNotMatch(String(await page.evaluate('JSON.stringify(sessionStorage)')), /secret/)
    assert.equal(await page.getByLabel('Complaint').inputValue(), '')
  }))

  it('asks for the password before a change, and offers the typed text back', () => inBrowser(async page => {
    await signIn(page, 'Rita', '/email')
    const email = page.getByLabel('E-mail address')
    const end = Date.now() + (WARN_AFTER + 1) * 1000 // by then the sign-in was too long ago
    for (let i = 0; Date.now() < end; i++) {
      await email.press(String(i % 10))
      await new Promise(resolve => setTimeout(resolve, 200))
    }
    await email.fill('rita@example.org')
    await page.getByRole('button', { name: 'Change the address' }).click()
    await page.waitForURL('/confirm?next=%2Femail&reason=reauthenticate')
    await page.getByLabel('Password of Rita').fill('anything')
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.waitForURL('/email')
    assert.equal(await email.inputValue(), '')
    await page.getByRole('button', { name: 'Restore' }).click()
    await page.getByRole('button', { name: 'Change the address' }).click()
    await page.getByText('Your address is rita@example.org.').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Restore' }).count(), 0)
  }))

  it('hides a page when another tab comes to the sign-in page', () => inBrowser(async (page, context) => {
    await signIn(page, 'Nora')
    await until('the page knows its session', async () => await page.evaluate(
      `import(document.querySelector('script[data-ping-url]').src)
        .then(({ monitor }) => monitor.expiresInMs() < Infinity)`
    ) === true)
    const other = await context.newPage()
    await context.request.post('/logout', { maxRedirects: 0 })
    await other.goto('/login')
    await page.waitForURL(/\/login/, { timeout: 2000 })
  }))

  it('says on the sign-in page after how long nobody is signed in any more', () => inBrowser(async page => {
    await page.goto('/login')
    await page.getByText(`For your security, you are signed out after ${EXPIRE_AFTER} seconds without activity.`)
      .waitFor()
  }))

  it('lets the timer written by hand be chosen, and the client again', () => inBrowser(async page => {
    await signIn(page, 'Hanna')
    assert.equal(await page.locator('script[src$="timer.js"]').count(), 0)
    await page.getByRole('button', { name: 'Use the timer written by hand' }).click()
    await page.getByRole('button', { name: 'Use the client' }).waitFor()
    assert.deepEqual(
      [await page.locator('script[src$="timer.js"]').count(), await page.locator('script[src*="client.js"]').count()],
      [1, 0]
    )
    await page.getByRole('button', { name: 'Use the client' }).click()
    await page.getByRole('button', { name: 'Use the timer written by hand' }).waitFor()
    assert.equal(await page.locator('script[src*="client.js"]').count(), 1)
  }))

  it('gives axe nothing to find, on any page, in light and dark, and with the warning', () => inBrowser(async page => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.goto('/login')
      assert.deepEqual(await complaintsOf(page), [])
      await signIn(page, 'Axel')
      for (const path of ['/', '/form', '/email', '/confirm', '/admin']) {
        await page.goto(path)
        assert.deepEqual(await complaintsOf(page), [], path)
      }
      await page.goto('/')
      await warningOf(page).waitFor()
      assert.deepEqual(await complaintsOf(page), [], 'warning')
      await page.request.post('/logout')
    }
  }))
})

async function signIn (page: Page, name: string, next = '/'): Promise<void> {
  await page.goto(next)
  await signInHere(page, name)
  await page.waitForURL(next)
}

async function signInHere (page: Page, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

function warningOf (page: Page): Locator {
  return page.getByRole('alertdialog').or(page.getByRole('dialog')).filter({ visible: true })
}

function reasonOf (page: Page): Locator {
  return page.getByRole('status')
}
