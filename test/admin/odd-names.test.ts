import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'
import type { AdminApp } from './admin-app.ts'
import { ADMIN, buildAdminApp } from './admin-app.ts'

/** Names that a browser changes in a form field, and names that look alike then. */
const NAMES = ['a\nb', 'a\r\nb', 'a\rb', '\0nul', '\uFFFDnul', 'a%0Ab', '-']

/** Decodes HTML as a browser does. */
function decode (html: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  const character = (code: number): string => code === 0 ? '\uFFFD' : String.fromCodePoint(code)
  return html.replace(/\r\n?/g, '\n').replaceAll('\0', '\uFFFD')
    .replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
      if (hex !== undefined) return character(parseInt(hex, 16))
      return decimal === undefined ? named[name ?? ''] ?? whole : character(Number(decimal))
    })
}

/** Submits the only form of a page as a browser does: line breaks become CRLF. */
async function press ({ operator, submit }: AdminApp, path: string): Promise<number> {
  const { body } = await operator.get(`${ADMIN}${path}`)
  const [, action = '', form = ''] = /<form method="post" action="([^"]*)">(.*?)<\/form>/s.exec(body) ?? []
  const fields = [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)]
    .map(([, name = '', value = '']) => [decode(name), decode(value).replace(/\r\n?|\n/g, '\r\n')] as const)
  assert.notEqual(fields.length, 0)
  return (await submit(decode(action).slice(ADMIN.length), Object.fromEntries(fields))).statusCode
}

for (const kit of [memoryKit, redisKit()]) {
  describe(`ids that no form field can hold, on ${kit.name}`, () => {
    it('end the sessions of exactly this user', async () => {
      const admin = await buildAdminApp({ kit })
      const live = async (): Promise<Array<string | undefined>> =>
        (await admin.app.sessionSecurity.list()).sessions.flatMap(({ user }) => user === 'root' ? [] : user).toSorted()
      for (const name of NAMES) for (let i = 0; i < 2; i++) await admin.signIn(name)
      assert.equal((await live()).length, 2 * NAMES.length)
      for (const [i, name] of NAMES.entries()) {
        assert.equal(await press(admin, `/end-user?${new URLSearchParams({ user: name })}`), 303, JSON.stringify(name))
        const left = NAMES.slice(i + 1).flatMap(name => [name, name]).toSorted()
        assert.deepEqual(await live(), left, JSON.stringify(name))
      }
      await admin.app.close()
    })

    it('revoke exactly this token, and the tokens of exactly this user', async () => {
      const admin = await buildAdminApp({ kit })
      const { tokens } = admin.app.sessionSecurity
      const expiresAt = new Date(Date.now() + 86_400_000 * 400)
      const active = async (): Promise<string[]> =>
        (await tokens.list()).tokens.filter(({ state }) => state === 'active').map(({ id }) => id).toSorted()
      for (const isOfUser of [false, true]) {
        const idOf = (name: string): string => isOfUser ? `of ${name}` : name
        for (const name of NAMES) await tokens.track({ id: idOf(name), expiresAt, ...(isOfUser ? { user: name } : {}) })
        for (const [i, name] of NAMES.entries()) {
          const path = isOfUser
            ? `/tokens/revoke-user?${new URLSearchParams({ user: name })}`
            : `/tokens/revoke?${new URLSearchParams({ id: name })}`
          assert.equal(await press(admin, path), 303)
          assert.deepEqual(await active(), NAMES.slice(i + 1).map(idOf).toSorted(), JSON.stringify(name))
        }
      }
      await admin.app.close()
    })
  })
}
