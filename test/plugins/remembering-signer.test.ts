import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { signerFactory } from '@fastify/cookie'
import { rememberingSigner } from '../../src/index.ts'
import { buildApp } from '../helpers/app.ts'

const SECRET = 'a secret of at least thirty-two characters'
const OLDER = 'an older secret of as many characters'

describe('a signer that remembers', () => {
  it('says of every text what @fastify/cookie says, the first time and again', () => {
    const peer = signerFactory([SECRET, OLDER])
    const signer = rememberingSigner([SECRET, OLDER])
    const texts = [peer.sign('ada'), signerFactory(OLDER).sign('ada'), peer.sign(''), peer.sign('a.b'), signerFactory('another').sign('ada'), 'ada', 'ada.', '.', '', `${peer.sign('ada')}=`, `${peer.sign('ada')} `]
    for (const text of [...texts, ...texts]) assert.deepEqual(signer.unsign(text), peer.unsign(text), text)
    for (const value of ['ada', 'bob', '', 'a.b', 'ada']) assert.equal(signer.sign(value), peer.sign(value))
  })

  it('keeps no more than it was told to, and nothing that was forged', () => {
    const signer = rememberingSigner(SECRET, { size: 2 })
    const known = ['a', 'b', 'c'].map(value => signer.unsign(signer.sign(value)))
    const again = ['c', 'b', 'a'].map(value => signer.unsign(signer.sign(value)))
    assert.deepEqual(again, [...known].reverse())
    assert.equal(again[0], known[2])
    assert.equal(again[1], known[1])
    assert.notEqual(again[2], known[0])
    assert.notEqual(signer.unsign('b.forged'), signer.unsign('b.forged'))
    assert.deepEqual(signer.unsign('b.forged').valid, false)
  })

  it('lets in whom it let in, and nobody whose cookie was changed', async () => {
    const { app, browser } = await buildApp({ session: { secret: rememberingSigner(SECRET) } })
    await browser.post('/sign-in')
    for (let times = 0; times < 3; times++) assert.equal((await browser.get('/')).json().user, 'ada')
    const { sessionId = '' } = browser.cookies
    const changed = sessionId.slice(0, -1) + (sessionId.endsWith('A') ? 'B' : 'A')
    for (let times = 0; times < 2; times++) assert.equal((await app.inject({ url: '/', cookies: { sessionId: changed } })).json().user, null)
    await app.close()
  })

  it('refuses what is no secret, without showing it', () => {
    for (const secret of ['too short', [], [SECRET, 'too short'], 5, undefined]) {
      assert.throws(() => rememberingSigner(secret as string), { code: 'FST_SESSION_SECURITY_BAD_OPTION', message: /"secret"/ })
    }
    assert.throws(() => rememberingSigner('too short'), error => error instanceof Error && !error.message.includes('too short'))
    assert.throws(() => rememberingSigner(SECRET, { size: 0 }), { code: 'FST_SESSION_SECURITY_BAD_OPTION', message: /"size"/ })
  })
})
