import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { before, it } from 'node:test'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { launchBrowser } from '../helpers/chromium.ts'
import { needProgram } from '../helpers/debian-package.ts'
import { startExample } from '../helpers/example.ts'
import { freePort } from '../helpers/free-port.ts'
import { inQuietContext } from '../helpers/quiet-context.ts'

async function signIn (page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

before(async () => {
  await needProgram('slapd', 'slapd')
  await needProgram('ldapdelete', 'ldap-utils')
})

it('the LDAP example signs in by the directory, and ends the sessions of a removed account', async test => {
  const env = { LDAP_PORT: String(await freePort()), CHECK_EVERY: '0.5' }
  const { url: baseURL, lines } = await startExample(test, 'ldap', env)
  const browser = await launchBrowser()
  test.after(async () => await browser.close())
  const hasEnded = /favicon|401|404/
  await inQuietContext(browser, { baseURL }, async context => {
    const ada = await context.newPage()
    await ada.goto('/')
    for (const [name, password] of [['ada', 'battery staple'], ['*', 'correct horse']] as const) {
      await signIn(ada, name, password)
      await ada.getByText('Wrong name or password').waitFor()
    }
    await signIn(ada, 'ada', 'correct horse')
    await ada.getByText('ada@example.org').waitFor()
    await inQuietContext(browser, { baseURL }, async others => {
      const bob = await others.newPage()
      await bob.goto('/')
      await signIn(bob, 'bob', 'battery staple')
      await bob.getByText('bob@example.org').waitFor()

      const [program = '', ...args] = lines.find(line => line.includes('ldapdelete'))?.split(': ')[1]?.split(' ') ?? []
      await promisify(execFile)(program, args)
      await ada.waitForURL('/sign-in?next=%2F&reason=revoked')
      await ada.getByText('your account was removed').waitFor()
      await signIn(ada, 'ada', 'correct horse')
      await ada.getByText('Wrong name or password').waitFor()

      await bob.reload()
      await bob.getByRole('button', { name: 'Sign out' }).click()
      await bob.waitForURL(/\/sign-in/)
    }, hasEnded)
  }, hasEnded)
})

it('the LDAP example takes an empty password for a wrong one', async test => {
  const { url } = await startExample(test, 'ldap', { LDAP_PORT: String(await freePort()) })
  const body = new URLSearchParams({ name: 'ada', password: '' })
  assert.equal((await fetch(`${url}/sign-in`, { method: 'POST', body })).status, 401)
})
