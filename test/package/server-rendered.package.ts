import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Page } from 'playwright-core'
import { en } from '../../src/client/locales/en.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import { startExample } from '../helpers/example.ts'
import { inQuietContext } from '../helpers/quiet-context.ts'

async function signIn (page: Page, password = 'correct horse'): Promise<void> {
  await page.getByLabel('Name').fill('ada')
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

it('the server-rendered example says why a session ended, gives the draft back, signs out in all tabs', async test => {
  const { url: baseURL } = await startExample(test, 'server-rendered', { EXPIRE_AFTER: '5' })
  const browser = await launchBrowser()
  test.after(async () => await browser.close())
  await inQuietContext(browser, { baseURL }, async context => {
    const page = await context.newPage()
    await page.goto('/report')
    await signIn(page, 'wrong')
    await page.getByText('do not belong together').waitFor()
    await signIn(page)
    await page.waitForURL('/report')
    await page.getByLabel('What happened').pressSequentially('A lamp fell.')

    await page.getByRole('alertdialog', { name: en.title }).waitFor()
    await page.waitForURL('/sign-in?next=%2Freport&reason=idle')
    await page.getByText('nobody used this page').waitFor()
    await signIn(page)
    await page.waitForURL('/report')
    await page.getByRole('button', { name: en.restore }).click()
    assert.equal(await page.getByLabel('What happened').inputValue(), 'A lamp fell.')
    await page.getByLabel('Subject').fill('A lamp <b>')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.waitForURL('/')
    await page.getByText('A lamp <b>').waitFor()

    const other = await context.newPage()
    await other.goto('/report')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('/sign-in?reason=logout')
    await other.waitForURL(/\/sign-in\?/)
  }, /favicon|401|404/)
})

it('the server-rendered example refuses a form without its token, and an address of another site', async test => {
  const { url } = await startExample(test, 'server-rendered', {})
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const bare = await fetch(`${url}/sign-in`, { method: 'POST', headers: form, body: 'name=ada&password=correct+horse' })
  assert.equal(bare.status, 403)
  assert.match(await bare.text(), /Missing csrf secret/)

  const asked = await fetch(`${url}/sign-in`)
  const cookie = String(asked.headers.get('set-cookie')).split(';', 1).join()
  const [, token = ''] = /name="_csrf" value="([^"]+)"/.exec(await asked.text()) ?? []
  const body = new URLSearchParams({ _csrf: token, name: 'ada', password: 'correct horse', next: '//evil.example' })
  const headers = { ...form, cookie }
  const signedIn = await fetch(`${url}/sign-in`, { method: 'POST', headers, body, redirect: 'manual' })
  assert.deepEqual([signedIn.status, signedIn.headers.get('location')], [303, '/'])
})
