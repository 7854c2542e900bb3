import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { en } from '../../src/client/locales/en.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import { inQuietContext } from '../helpers/quiet-context.ts'

const SERVER = fileURLToPath(new URL('../../examples/fresh-authentication/server.js', import.meta.url))
const SECONDS = 2

async function start (test: TestContext): Promise<string> {
  const server = spawn(process.execPath, [SERVER], { env: { ...process.env, PORT: '0', SECONDS: String(SECONDS) }, stdio: ['ignore', 'pipe', 'inherit'] })
  test.after(() => server.kill())
  const [address] = await once(server.stdout, 'data')
  return String(address).trim()
}

it('the example asks for the password again before the e-mail address is changed, and gives back what was typed', async test => {
  const baseURL = await start(test)
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
    assert.equal(await page.getByText('It is not known.').count(), 1, 'nothing was changed')
    await page.getByRole('button', { name: en.restore }).click()
    await page.getByRole('button', { name: 'Change' }).click()
    await page.getByText('It is ada@example.org.').waitFor()
  }, /favicon|404/)
})
