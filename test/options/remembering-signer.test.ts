import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { signerFactory } from '@fastify/cookie'
import type { CookieSigner } from '../../src/options/remembering-signer.ts'
import { rememberingSigner } from '../../src/options/remembering-signer.ts'
import { buildApp } from '../helpers/app.ts'

const SECRET = 'a secret of at least thirty-two characters'
const OLDER = 'an older secret of as many characters'
const NEWER = 'a newer secret, with enough characters too'

/** The number of signatures that the signer keeps. */
const SIZE = 10_000

describe('a signer that remembers', () => {
  it('says of every text what @fastify/cookie says, the first time and again', () => {
    const peer = signerFactory([SECRET, OLDER])
    const signer = rememberingSigner([SECRET, OLDER])
    const texts = [
      peer.sign('ada'), peer.sign(''), peer.sign('a.b'), signerFactory(OLDER).sign('ada'),
      signerFactory('another').sign('ada'), 'ada', 'ada.', '.', '', `${peer.sign('ada')}=`, `${peer.sign('ada')} `
    ]
    for (const text of [...texts, ...texts]) assert.deepEqual(signer.unsign(text), peer.unsign(text), text)
    for (const value of ['ada', 'bob', '', 'a.b', 'ada']) assert.equal(signer.sign(value), peer.sign(value))
  })

  it('says the same under another algorithm', () => {
    const peer = signerFactory([SECRET], 'sha512')
    const signer = rememberingSigner([SECRET], 'sha512')
    for (const text of [peer.sign('ada'), peer.sign('ada'), signerFactory(SECRET).sign('ada')]) {
      assert.deepEqual(signer.unsign(text), peer.unsign(text))
    }
    assert.equal(signer.sign('ada'), peer.sign('ada'))
  })

  it('remembers what was valid, the most recent ten thousand, and nothing that was forged', () => {
    const signer = rememberingSigner(SECRET)
    const texts = Array.from({ length: SIZE + 1 }, (_, i) => signer.sign(`id-${i}`))
    const verdicts = texts.map(text => signer.unsign(text))
    const last = texts.at(-1)
    const first = texts[0]
    assert.ok(last !== undefined && first !== undefined)
    assert.equal(signer.unsign(last), verdicts.at(-1))
    for (let i = 0; i < SIZE; i++) signer.unsign(`forged-${i}.${'x'.repeat(43)}`)
    assert.equal(signer.unsign(last), verdicts.at(-1), 'forged cookies drive none out')
    assert.notEqual(signer.unsign(first), verdicts[0], 'the oldest was driven out')
    assert.deepEqual(signer.unsign(first), verdicts[0])
    assert.notEqual(signer.unsign('b.forged'), signer.unsign('b.forged'))
    assert.equal(signer.unsign('b.forged').valid, false)
  })

  it('signs under the newest secret what came under an older one', () => {
    const signer = rememberingSigner([SECRET, OLDER])
    const old = signerFactory(OLDER).sign('ada')
    assert.deepEqual(signer.unsign(old), { valid: true, renew: true, value: 'ada' })
    assert.equal(signer.sign('ada'), signerFactory(SECRET).sign('ada'))
  })

  it('goes by the array of secrets as it is now, whatever it remembers', () => {
    const changes: Record<string, (secrets: string[]) => void> = {
      'a newer one comes first': secrets => { secrets.unshift(NEWER) },
      'the newest is replaced': secrets => { secrets[0] = NEWER },
      'the older one is removed': secrets => { secrets.pop() },
      'they change places': secrets => { secrets.reverse() },
      'all are others': secrets => { secrets.splice(0, 2, NEWER) }
    }
    for (const [what, change] of Object.entries(changes)) {
      const secrets = [SECRET, OLDER]
      const signer = rememberingSigner(secrets)
      const texts = [SECRET, OLDER, NEWER].map(secret => signerFactory(secret).sign('ada'))
      for (const text of texts) signer.unsign(text)
      change(secrets)
      const peer = signerFactory([...secrets])
      for (const text of [...texts, ...texts]) assert.deepEqual(signer.unsign(text), peer.unsign(text), what)
      assert.equal(signer.sign('ada'), peer.sign('ada'), what)
    }
  })

  it('is the application\'s own, where the application gives one', () => {
    const own = signerFactory(SECRET)
    const signer = rememberingSigner(own)
    assert.equal(signer.sign('id'), own.sign('id'))
    assert.deepEqual(signer.unsign(own.sign('id')), own.unsign(own.sign('id')))
  })

  it('refuses a signer of the application\'s that gives promises: their rejection ends no process', () => {
    const away = async (): Promise<never> => { throw new Error('away') }
    const signer = rememberingSigner({ sign: away, unsign: away } as unknown as CookieSigner)
    for (const ask of [() => signer.sign('id'), () => signer.unsign('id.x')]) {
      assert.throws(ask, { code: 'FST_SESSION_SECURITY_BAD_OPTION' })
    }
  })

  it('lets in whom it let in, and nobody whose cookie was changed', async () => {
    const { app, browser } = await buildApp({ session: { secret: SECRET } })
    await browser.post('/sign-in')
    for (let times = 0; times < 3; times++) assert.equal((await browser.get('/')).json().user, 'ada')
    const { sessionId = '' } = browser.cookies
    const changed = sessionId.slice(0, -1) + (sessionId.endsWith('A') ? 'B' : 'A')
    for (let times = 0; times < 2; times++) {
      assert.equal((await app.inject({ url: '/', cookies: { sessionId: changed } })).json().user, null)
    }
    await app.close()
  })

  it('counts cookies no more whose secret the application took out while it ran', async () => {
    const secret = [SECRET]
    const { app, browser, newBrowser } = await buildApp({ session: { secret } })
    await browser.post('/sign-in')
    secret.unshift(NEWER)
    const response = await browser.get('/')
    assert.equal(response.json().user, 'ada')
    assert.equal(response.headers['set-cookie'], undefined)
    const other = newBrowser()
    await other.post('/sign-in')
    assert.deepEqual(signerFactory(NEWER).unsign(other.cookies['sessionId'] ?? '').valid, true)
    secret.pop()
    assert.equal((await browser.get('/')).json().user, null)
    assert.equal((await other.get('/')).json().user, 'ada')
    await app.close()
  })
})

describe('the option session.secret', () => {
  it('refuses what is no secret, without showing it', async () => {
    for (const secret of ['too short', [], undefined]) {
      await assert.rejects(buildApp({ session: { secret } as { secret: string } }), error => {
        assert.ok(error instanceof Error && /secret/.test(error.message), String(error))
        return !error.message.includes('too short')
      })
    }
  })
})
