import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { closedBy, connect } from '../connections/sockets.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import { startExample } from '../helpers/example.ts'
import { inQuietContext } from '../helpers/quiet-context.ts'

async function join (context: BrowserContext, name: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto('/')
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByLabel('Say').waitFor()
  return page
}

async function say (page: Page, text: string): Promise<void> {
  await page.getByLabel('Say', { exact: true }).fill(text)
  await page.getByRole('button', { name: 'Send' }).click()
}

it('in the chat example, two people talk, and all chats of one end with the session', async test => {
  const { url: baseURL } = await startExample(test, 'websocket-chat', {})
  const browser = await launchBrowser()
  test.after(async () => await browser.close())
  await inQuietContext(browser, { baseURL }, async first => {
    await inQuietContext(browser, { baseURL }, async second => {
      const [ada, bob] = [await join(first, 'ada'), await join(second, 'bob')]
      const other = await first.newPage()
      await other.goto('/')
      await other.getByLabel('Say', { exact: true }).waitFor()
      await say(bob, 'hello')
      for (const page of [ada, bob, other]) await page.getByText('bob: hello').waitFor()

      await ada.getByRole('button', { name: 'Sign out' }).click()
      for (const page of [ada, other]) await page.getByText('The chat ended with your session (logout).').waitFor()
      assert.equal(await ada.getByText('bob: hello').count(), 0)
      await say(bob, 'anybody?')
      await bob.getByText('bob: anybody?').waitFor()
    }, /favicon|404/)
  }, /favicon|404/)
  assert.deepEqual(await closedBy(connect(`${baseURL}/chat`)), [1006, ''], 'nobody is signed in')
})
