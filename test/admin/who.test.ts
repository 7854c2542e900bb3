import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SessionAdminOptions } from '../../src/index.ts'
import { answered, throwing, unheard } from '../helpers/answers.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'
import { buildAdminApp } from './admin-app.ts'

const WRONG = 'FST_SESSION_SECURITY_BAD_OPTION'
const THROWN = 'FST_SESSION_SECURITY_THROWN'

const ODD: Readonly<Record<string, [who: () => unknown, code: string]>> = {
  rejects: [async () => { throw new Error('the directory is away') }, WRONG],
  'rejects with undefined': [async () => throwing(undefined), WRONG],
  'answers with a promise': [async () => 'ada', WRONG],
  'answers with an object whose "then" throws undefined': [
    () => ({ get then () { return throwing(undefined) } }), WRONG
  ],
  'answers with a symbol': [() => Symbol('ada'), WRONG],
  'answers with a lone surrogate': [() => '\ud800', WRONG],
  'throws undefined': [() => throwing(undefined), THROWN],
  'throws a text': [() => throwing('confidential'), THROWN]
}

for (const kit of [memoryKit, redisKit()]) {
  describe(`a function "who" of the admin page, on ${kit.name}`, () => {
    for (const [what, [who, code]] of Object.entries(ODD)) {
      it(`that ${what}: a coded error, nothing is done, and the process lives`, async () => {
        const { app, signIn, submit } = await buildAdminApp({ kit, admin: { who: who as SessionAdminOptions['who'] } })
        const handle = await signIn('ada')
        assert.deepEqual(await unheard(async () => {
          for (const [url, fields] of [
            [`/sessions/${handle}/end`, {}], ['/tokens/revoke', { id: 'of ada' }]
          ] as const) {
            const answer = await answered(submit(url, fields))
            assert.deepEqual([answer.statusCode, answer.json().code], [500, code], url)
            assert.doesNotMatch(answer.body, /confidential|directory/)
          }
        }), [])
        assert.equal((await app.sessionSecurity.list({ user: 'ada' })).sessions.length, 1)
        assert.equal(await app.sessionSecurity.tokens.get('of ada'), null)
        await app.close()
      })
    }
  })
}
