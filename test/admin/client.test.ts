import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { SessionAdminOptions } from '../../src/index.ts'
import { StoreUnavailableError, sessionAdmin, sessionClient } from '../../src/index.ts'
import { buildApp } from '../helpers/app.ts'
import { steeredKit } from '../helpers/steered-store.ts'
import { memoryKit } from '../helpers/store-kits.ts'
import { ADMIN, buildAdminApp } from './admin-app.ts'

/** The attributes of the client's script in a page; `null` where it is not. */
function scriptOf (body: string): Record<string, string> | null {
  const [tag] = /<script [^>]*client\.js[^>]*>/.exec(body) ?? []
  if (tag === undefined) return null
  return Object.fromEntries([...tag.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]))
}

describe('the pages of the admin page', () => {
  it('carry the browser client without drafts, also if the application registered none', async () => {
    const { app, operator, signIn } = await buildAdminApp()
    const handle = await signIn('ada')
    const paths = [
      '', '?state=ended', '?user=ada', `/sessions/${handle}`, '/end-user?user=ada', '/tokens', '/tokens/revoke?id=1',
      '/tokens/revoke-user?user=ada', '?state=none', '/sessions/unknown'
    ]
    for (const path of paths) {
      const { body } = await operator.get(`${ADMIN}${path}`, { accept: 'text/html' })
      const script = scriptOf(body)
      assert.equal(script?.['data-ping-url'], '/session_security/ping', path)
      assert.deepEqual([script['data-forms'], script['data-lang']], ['off', 'en'])
      assert.ok(script['data-tag'], 'the tag of the session')
      assert.equal(body.match(/client\.js/g)?.length, 1)
      for (const file of [String(script['src']), String(/href="([^"]*client\.css)"/.exec(body)?.[1])]) {
        assert.ok(file.startsWith(`${ADMIN}/`), file)
        assert.equal((await operator.get(file)).statusCode, 200, file)
      }
    }
    await app.close()
  })

  it('carry the client that the application registered before, with its options', async () => {
    const { app, operator } = await buildAdminApp({
      routes (app) {
        app.register(sessionClient, { signOutUrl: '/sign-out', loginUrl: '/login', extendBy: 'button' })
      }
    })
    const script = scriptOf((await operator.get(ADMIN)).body)
    assert.match(String(script?.['src']), /^\/session_security\//)
    assert.deepEqual(
      [script?.['data-sign-out-url'], script?.['data-login-url'], script?.['data-extend-by']],
      ['/sign-out', '/login', 'button']
    )
    await app.close()
  })

  it('sign out and lead to the sign-in page by the options of the admin page', async () => {
    const admin = { signOutUrl: '/operators/sign-out', loginUrl: '/operators/sign-in' }
    for (const isRegistered of [false, true]) {
      const { app, operator } = await buildAdminApp({
        admin,
        routes (app) { if (isRegistered) app.register(sessionClient, { signOutUrl: '/sign-out', loginUrl: '/login' }) }
      })
      const script = scriptOf((await operator.get(ADMIN)).body)
      assert.deepEqual(
        [script?.['data-sign-out-url'], script?.['data-login-url']], ['/operators/sign-out', '/operators/sign-in']
      )
      await app.close()
    }
  })

  for (const prefix of ['/', '/admin']) {
    it(`leave the client's addresses to an application that registers it later, with prefix ${prefix}`, async () => {
      const { app, operator } = await buildAdminApp({
        routes (app) {
          app.register(
            async outside => { await outside.register(sessionAdmin, { authorize: () => true, prefix }) },
            { prefix: '/of' }
          )
          app.register(sessionClient, { signOutUrl: '/sign-out' })
          app.get('/page', async request => app.sessionClient.tags(request))
        }
      })
      const [own, others] = await Promise.all([`/of${prefix}`, '/page'].map(async path =>
        scriptOf((await operator.get(path)).body)
      ))
      assert.notEqual(own?.['src'], others?.['src'])
      assert.equal(others?.['data-sign-out-url'], '/sign-out')
      for (const script of [own, others]) assert.equal((await operator.get(String(script?.['src']))).statusCode, 200)
      await app.close()
    })
  }

  it('do not claim to be anonymous while the session is unknown', async () => {
    const steered = steeredKit(memoryKit)
    const { app, operator } = await buildAdminApp({ kit: steered })
    steered.store.before = async verb => { if (verb === 'load') throw new StoreUnavailableError('away') }
    const { statusCode, body } = await operator.get(ADMIN, { accept: 'text/html' })
    assert.equal(statusCode, 503)
    assert.match(body, /FST_SESSION_SECURITY_STORE_UNAVAILABLE/)
    assert.equal(scriptOf(body), null)
    await app.close()
  })
})

describe('the way back to the application', () => {
  const homeOf = (body: string): string | undefined => /<a class="home" href="([^"]*)"/.exec(body)?.[1]

  it('leads to "/", or to the address of the option', async () => {
    for (const [homeUrl, href] of [
      [undefined, '/'], ['/ward/3', '/ward/3'], ['https://clinic.example/', 'https://clinic.example/']
    ] as const) {
      const { app, operator } = await buildAdminApp({ admin: { homeUrl } })
      for (const path of ['', '/tokens', '?state=none']) {
        assert.equal(homeOf((await operator.get(`${ADMIN}${path}`, { accept: 'text/html' })).body), href, path)
      }
      await app.close()
    }
  })

  it('is absent when it would lead to the same page', async () => {
    const { app, operator } = await buildAdminApp({ admin: { homeUrl: ADMIN } })
    assert.equal(homeOf((await operator.get(ADMIN)).body), undefined)
    await app.close()
  })

  for (const name of ['homeUrl', 'signOutUrl', 'loginUrl'] as const) {
    for (const value of ['//evil.example', 'javascript:alert(1)', '/\\evil.example', '', 'home', 7, null]) {
      it(`is refused as ${name}: ${JSON.stringify(value)}`, async () => {
        const options = { authorize: () => true, [name]: value } as unknown as SessionAdminOptions
        const register = (app: FastifyInstance): void => { app.register(sessionAdmin, options) }
        await assert.rejects(
          buildApp({ routes: register }),
          { code: 'FST_SESSION_SECURITY_BAD_OPTION', message: new RegExp(`"${name}" must be a path`) }
        )
      })
    }
  }
})

describe('the browser of a session, on the admin page', () => {
  const userAgent =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36'

  it('is short in the list, with the user agent as its title, and complete on the page of the session', async () => {
    const { app, operator, signIn } = await buildAdminApp()
    const handle = await signIn('ada', { userAgent, address: '10.0.0.7' })
    const list = (await operator.get(`${ADMIN}?user=ada`)).body
    assert.match(
      list,
      /<span class="agent" title="Mozilla\/5\.0 \(X11; [^"]+Safari\/537\.36"><bdi>Chrome 156 on Linux<\/bdi><\/span>/
    )
    const page = (await operator.get(`${ADMIN}/sessions/${handle}`)).body
    assert.match(page, /<dt>Browser<\/dt><dd><bdi>Chrome 156 on Linux<\/bdi><\/dd>/)
    assert.ok(page.includes(`<bdi>${userAgent}</bdi>`))
    await app.close()
  })
})
