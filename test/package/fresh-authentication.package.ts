import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { en } from '../../src/client/locales/en.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import { startExample } from '../helpers/example.ts'
import { inQuietContext } from '../helpers/quiet-context.ts'

const SECONDS = 2

it('the example asks for the password again before a change, and gives back what was typed', async test => {
  const { url: baseURL } = await startExample(test, 'fresh-authentication', { SECONDS: String(SECONDS) })
  const browser = await launchBrowser()
  test.after(async () => await browser.close())
  await inQuietContext(browser, { baseURL }, async context => {
    const page = await context.newPage()
    const prove = async (): Promise<void> => {
      await page.getByLabel('Password').fill('correct horse')
      await page.getByRole('button', { name: 'Go on' }).click()
    }
    await page.goto('/')
    await page.waitForURL(/\/sign-in/)
    await prove()
    await page.waitForURL('/')
    await sleep(SECONDS * 1000) // the authentication is as old as that
    await page.getByLabel('New address').pressSequentially('ada@example.org')
    await page.getByRole('button', { name: 'Change' }).click()
    await page.waitForURL(/\/confirm\?/)
    await prove()
    await page.waitForURL('/')
    assert.equal(await page.getByText('Your address is not known.').count(), 1, 'nothing was changed')
    await page.getByRole('button', { name: en.restore }).click()
    await page.getByRole('button', { name: 'Change' }).click()
    await page.getByText('Your address is ada@example.org.').waitFor()
  }, /favicon|404/)
})
