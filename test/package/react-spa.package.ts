import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Page } from 'playwright-core'
import { en } from '../../src/client/locales/en.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import { startExample } from '../helpers/example.ts'
import { inQuietContext } from '../helpers/quiet-context.ts'

async function signIn (page: Page): Promise<void> {
  await page.getByLabel('Name').fill('ada')
  await page.getByLabel('Password').fill('correct horse')
  await page.getByRole('button', { name: 'Sign in' }).click()
}

it('the React example warns, signs in again in place, gives the draft back, and signs out in all tabs', async test => {
  const { url: baseURL } = await startExample(test, 'react-spa', { EXPIRE_AFTER: '5' })
  const browser = await launchBrowser()
  test.after(async () => await browser.close())
  await inQuietContext(browser, { baseURL }, async context => {
    const page = await context.newPage()
    await page.goto('/')
    await page.evaluate('window.isFirst = true')
    await signIn(page)
    await page.getByLabel('What happened').pressSequentially('A lamp fell.')

    const warning = page.getByRole('alertdialog', { name: en.title })
    await warning.getByRole('button', { name: en.stay }).click()
    await warning.waitFor({ state: 'detached' })
    await warning.waitFor()
    await page.getByText('nobody used this page').waitFor()
    await signIn(page)
    await page.getByRole('button', { name: en.restore }).click()
    assert.equal(await page.getByLabel('What happened').inputValue(), 'A lamp fell.')
    assert.equal(await page.evaluate('window.isFirst'), true, 'nothing was loaded anew')

    await page.getByLabel('Subject').fill('A lamp')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('listitem').getByText('A lamp').waitFor()
    const other = await context.newPage()
    await other.goto('/')
    await other.getByRole('listitem').getByText('A lamp').waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await Promise.all([page, other].map(async tab => await tab.getByText('You signed out.').waitFor()))
  }, /favicon|401|404/)
})
