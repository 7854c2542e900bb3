import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sessionAdmin } from '../../src/index.ts'
import { throwing } from '../helpers/answers.ts'
import { buildApp } from '../helpers/app.ts'
import { ADMIN, SAME_ORIGIN, buildAdminApp } from './admin-app.ts'

const REFUSED = { code: 'FST_SESSION_SECURITY_BAD_OPTION', message: /"prefix" must be a path/ }
const SECRET_TEXT = 'the password of the database'

describe('the admin page', () => {
  it('is refused under a prefix that a browser takes for another host', async () => {
    for (const prefix of ['//evil.example', '//evil.example/admin', '/admin//x', '/\\evil.example']) {
      const building = buildApp({
        routes (app) { app.register(sessionAdmin, { authorize: () => true, prefix }) }
      })
      await assert.rejects(building, REFUSED, prefix)
    }
  })

  const things = [['a text', SECRET_TEXT], ['nothing', undefined], ['null', null], ['a number', 200],
    ['an object', { statusCode: 200, message: SECRET_TEXT }]] as const
  for (const [what, thrown] of things) {
    it(`is answered as an error, which shows nothing of it, when "authorize" throws ${what}`, async () => {
      for (const authorize of [() => throwing(thrown), async () => throwing(thrown)]) {
        const { app, operator, signIn, submit } = await buildAdminApp({ admin: { authorize } })
        await signIn('ada')
        for (const accept of ['application/json', 'text/html']) {
          const { statusCode, body } = await operator.get(ADMIN, { accept })
          assert.equal(statusCode, 500)
          assert.equal(JSON.parse(body).code, 'FST_SESSION_SECURITY_THROWN')
          assert.ok(!body.includes(SECRET_TEXT) && !body.includes('ada'), body)
        }
        assert.equal((await submit('/end-user', { user: 'ada' }, SAME_ORIGIN)).statusCode, 500)
        assert.equal((await app.sessionSecurity.list({ user: 'ada' })).sessions.length, 1)
        await app.close()
      }
    })
  }
})
