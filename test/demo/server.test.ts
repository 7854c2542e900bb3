import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { buildDemo } from '../../src/demo/server.ts'
import type { SessionKit } from '../../src/testing.ts'
import { sessionKit } from '../../src/testing.ts'
import { SECRET } from '../helpers/app.ts'

const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const PAGE = { accept: 'text/html' }
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

describe('the demo', () => {
  let kit: SessionKit<FastifyInstance>
  let app: FastifyInstance
  const ended: string[] = []
  before(async () => {
    kit = await demoKit(line => ended.push(line))
    app = kit.app
  })
  after(async () => await kit.close())

  async function signIn (fields: Record<string, string> = {}) {
    const response = await app.inject({
      method: 'POST',
      url: '/login',
      headers: FORM,
      body: new URLSearchParams({ name: 'Ana', ...fields }).toString()
    })
    const cookies = Object.fromEntries(response.cookies.map(({ name, value }) => [name, value]))
    return { response, cookies }
  }

  for (const path of [
    '/login', '/', '/form', '/panel', '/api/unread', '/assets/timer.js', '/assets/demo.css', '/session_security/ping',
    '/nowhere'
  ]) {
    it(`puts the policy on ${path}, signed in or not`, async () => {
      const { cookies } = await signIn()
      for (const options of [{}, { cookies }]) {
        const { headers } = await app.inject({ url: path, headers: PAGE, ...options })
        assert.equal(headers['content-security-policy'], CSP)
      }
    })
  }

  it('has no inline script and no inline style', async () => {
    const { cookies } = await signIn()
    for (const url of ['/login', '/', '/form', '/nowhere']) {
      const { body } = await app.inject({ url, cookies, headers: PAGE })
      assert.doesNotMatch(body, /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/)
    }
  })

  it('sends a visitor to the sign-in page, and from there back', async () => {
    const guarded = await app.inject({ url: '/form?a=1', headers: PAGE })
    assert.equal(guarded.statusCode, 303)
    assert.equal(guarded.headers.location, '/login?next=%2Fform%3Fa%3D1')
    const page = await app.inject(String(guarded.headers.location))
    assert.match(page.body, /name="next" value="\/form\?a&#61;1"/)
    const { response } = await signIn({ next: '/form?a=1' })
    assert.equal(response.statusCode, 303)
    assert.equal(response.headers.location, '/form?a=1')
  })

  for (const next of [
    '//evil.example', 'https://evil.example', '/\\evil.example', '/\t/evil.example', 'javascript:alert(1)', ''
  ]) {
    it(`goes home, not to ${JSON.stringify(next)}, after sign-in`, async () => {
      const page = await app.inject({ url: '/login', query: { next } })
      assert.match(page.body, /name="next" value=""/)
      assert.equal((await signIn({ next })).response.headers.location, '/')
    })
  }

  it('redirects a signed-in person from the sign-in page', async () => {
    const { cookies } = await signIn()
    const response = await app.inject({ url: '/login?next=/form', cookies })
    assert.equal(response.statusCode, 303)
    assert.equal(response.headers.location, '/form')
  })

  it('signs in under a new session id each time, and ends the session of the former user', async () => {
    const { cookies } = await signIn()
    const again = await app.inject({
      method: 'POST', url: '/login', cookies, headers: FORM, body: 'name=Eva'
    })
    assert.notEqual(again.cookies[0]?.value, cookies.sessionId)
    assert.match(
      (await app.inject({ url: '/', cookies: { sessionId: String(again.cookies[0]?.value) } })).body, /Hello, Eva/
    )
    assert.equal((await app.inject({ url: '/', cookies, headers: PAGE })).statusCode, 303)
  })

  it('refuses an empty name and one that is too long, and creates no session', async () => {
    for (const name of ['   ', 'x'.repeat(61)]) {
      const { response } = await signIn({ name })
      assert.equal(response.statusCode, 400)
      assert.match(response.body, /Enter a name of 1 to 60 characters/)
      assert.deepEqual(response.cookies, [])
    }
  })

  it('takes forms only, and does not stumble over a request without a body', async () => {
    const json = await app.inject({ method: 'POST', url: '/login', body: { name: 'Ana' } })
    assert.equal(json.statusCode, 415)
    assert.equal((await app.inject({ method: 'POST', url: '/login' })).statusCode, 400)
    const { cookies } = await signIn()
    assert.equal((await app.inject({ method: 'POST', url: '/form', cookies })).statusCode, 200)
  })

  it('escapes the name', async () => {
    const { cookies } = await signIn({ name: '<b onclick="x">&' })
    const { body } = await app.inject({ url: '/', cookies })
    assert.ok(body.includes('Hello, &#60;b onclick&#61;&#34;x&#34;&#62;&#38;'))
    assert.ok(!body.includes('<b onclick'))
  })

  it('explains an end that the address names, and heeds nothing else there', async () => {
    assert.match((await app.inject('/login?reason=idle')).body, /nobody used this browser for 60 seconds/)
    for (const reason of ['none', 'toString', '__proto__', '', '%3Cb%3E', 'idle&reason=idle']) {
      assert.doesNotMatch((await app.inject(`/login?reason=${reason}`)).body, /role="status"/)
    }
  })

  it('answers an API 401, and a page that fetches its panel that the session is over', async () => {
    assert.equal((await app.inject('/api/unread')).statusCode, 401)
    const panel = await app.inject('/panel')
    assert.equal(panel.statusCode, 200)
    assert.match(panel.body, /Your session is over/)
  })

  it('shows what each request did to the session, latest first, and counts repetitions', async () => {
    const { cookies } = await signIn()
    await kit.idle(0.005) // an activity in the millisecond of the sign-in looks like one that was recorded
    await app.inject({ url: '/form', cookies })
    for (let count = 0; count < 3; count++) await app.inject({ url: '/api/unread', cookies })
    const { body } = await app.inject({ url: '/panel', cookies })
    assert.deepEqual(
      rowsIn(body),
      [
        'GET /form||active: recorded a moment ago', 'POST /login||active: session started',
        'GET /api/unread| ×3|passive: nothing recorded'
      ]
    )
  })

  it('shows which requests recorded activity, by arriving or by a ping, and which came just after', async () => {
    const browser = kit.browser()
    await browser.post('/login', new URLSearchParams({ name: 'Ana' }))
    await kit.idle(5)
    await browser.get('/form')
    await kit.idle(0.5)
    await browser.post('/form', new URLSearchParams({ town: 'Faro' }))
    await kit.idle(5)
    await browser.get('/session_security/ping?idleFor=2')
    await browser.get('/session_security/ping')
    const { body } = await browser.get('/panel')
    assert.deepEqual(rowsIn(body), [
      'GET /session_security/ping||passive: activity reported', 'POST /form||active: recorded a moment ago',
      'GET /form||active: activity recorded', 'POST /login||active: session started',
      'GET /session_security/ping||passive: nothing recorded'
    ])
    await browser.post('/login', new URLSearchParams({ name: 'Eva' }))
    assert.deepEqual(rowsIn((await browser.get('/panel')).body), ['POST /login||active: session started'])
  })

  it('counts repetitions also where a person\'s requests and a poller\'s come by turns', async () => {
    const { cookies } = await signIn()
    await kit.idle(0.005)
    for (let count = 0; count < 3; count++) {
      for (const url of ['/form', '/api/unread']) {
        await app.inject({ url, cookies })
      }
    }
    const { body } = await app.inject({ url: '/panel', cookies })
    assert.deepEqual(
      rowsIn(body),
      [
        'GET /form| ×3|active: recorded a moment ago', 'POST /login||active: session started',
        'GET /api/unread| ×3|passive: nothing recorded'
      ]
    )
  })

  it('keeps at most twelve rows for a session, six of either kind', async () => {
    const { cookies } = await signIn()
    for (let count = 0; count < 10; count++) {
      for (const url of ['/form', '/', '/api/unread', '/session_security/ping']) await app.inject({ url, cookies })
    }
    const { body } = await app.inject({ url: '/panel', cookies })
    assert.equal(body.match(/<code>/g)?.length, 12)
    assert.equal(body.match(/>active: /g)?.length, 6)
  })

  it('lets only signed-in persons see the sessions', async () => {
    const visitor = await app.inject({ url: '/admin', headers: PAGE })
    assert.deepEqual([visitor.statusCode, visitor.headers.location], [303, '/login?next=%2Fadmin'])
    assert.equal((await app.inject('/admin/live')).statusCode, 401)
    const { cookies } = await signIn({ name: 'Olga' })
    const { body } = await app.inject({ url: '/admin?user=Olga', cookies })
    assert.match(body, />Olga<.*>you</s)
    assert.match(
      (await app.inject({ url: '/', cookies })).body,
      /<a href="\/admin">admin page<\/a>\. Everybody who is signed in may, since this is a demo/
    )
  })

  it('keeps nothing of the form', async () => {
    const { cookies } = await signIn()
    const { body } = await app.inject({
      method: 'POST', url: '/form', cookies, headers: FORM, body: 'town=Faro&plan=Rest&again='
    })
    assert.match(body, /Received and thrown away: 2 fields\./)
    assert.doesNotMatch(body, /Faro/)
  })

  it('sets its cookie at sign-in, and leaves it alone afterwards', async () => {
    const { response, cookies } = await signIn()
    assert.deepEqual(response.cookies.map(({
      name, httpOnly, sameSite, secure
    }) => ({ name, httpOnly, sameSite, secure })), [
      { name: 'sessionId', httpOnly: true, sameSite: 'Lax', secure: undefined } // without https
    ])
    for (const url of [
      '/', '/form', '/panel', '/api/time', '/api/unread', '/admin', '/login', '/session_security/ping?idleFor=0'
    ]) {
      assert.deepEqual((await app.inject({ url, cookies })).cookies, [], url)
    }
    const chosen = await app.inject({ method: 'POST', url: '/timer', cookies, headers: FORM, body: 'timer=hand' })
    assert.deepEqual([chosen.statusCode, chosen.cookies], [303, []])
  })

  it('signs out: it clears the cookie, ends the session, and notifies of the end', async () => {
    const { cookies } = await signIn({ name: 'Zoe' })
    const out = await app.inject({ method: 'POST', url: '/logout', cookies })
    assert.equal(out.statusCode, 303)
    assert.equal(out.headers.location, '/login?reason=logout')
    assert.equal(out.cookies[0]?.value, '')
    assert.match((await app.inject('/login?reason=logout')).body, /You signed out/)
    assert.equal((await app.inject({ url: '/', cookies, headers: PAGE })).statusCode, 303)
    assert.deepEqual(
      ended.filter(line => line.includes('"Zoe"')), ['The session of "Zoe" ended (logout) after 0 s, idle for 0 s.']
    )
  })
})

describe('a session of the demo that has ended', () => {
  it('keeps the cookie after the end, so that ping, guard and sign-in page can give the reason', async t => {
    const ended: string[] = []
    const kit = await demoKit(line => ended.push(line))
    t.after(async () => await kit.close())
    const browser = await kit.signIn('Ana')
    await kit.idle(61)
    assert.deepEqual(ended, ['The session of "Ana" ended (idle) after 60 s, idle for 60 s.'])
    for (const url of ['/api/unread', '/panel', '/session_security/ping']) {
      assert.deepEqual((await browser.get(url)).cookies, [], url)
    }
    for (let count = 0; count < 2; count++) {
      const redirected = await browser.get('/form', PAGE)
      assert.equal(redirected.headers.location, '/login?next=%2Fform&reason=idle')
      const page = await browser.get('/login')
      assert.match(page.body, /nobody used this browser for 60 seconds/)
      assert.deepEqual([redirected.cookies, page.cookies], [[], []])
    }
  })
})

describe('a page of the demo', () => {
  it('warns, and leads in every tab to the sign-in page, which says why', async t => {
    const kit = await demoKit()
    t.after(async () => await kit.close())
    const browser = await kit.signIn('Ana')
    const tabs = [await browser.open('/'), await browser.open('/form')]
    await kit.idle(20)
    assert.deepEqual(tabs.map(({ state }) => state), ['warning', 'warning'])
    await kit.idle(41)
    assert.deepEqual(tabs.map(({ url }) => url), ['/login?next=%2F&reason=idle', '/login?next=%2Fform&reason=idle'])
    for (const { body } of tabs) assert.match(body, /nobody used this browser for 60 seconds/)
  })

  it('stays while a person works in another tab, and goes to the sign-in page after a revocation', async t => {
    const kit = await demoKit()
    t.after(async () => await kit.close())
    const browser = await kit.signIn('Ana')
    const [idle, busy] = [await browser.open('/'), await browser.open('/form')]
    await busy.work(300)
    assert.deepEqual([idle.seen, busy.seen], [[], []])
    await kit.revoke('Ana')
    await idle.toBack()
    await idle.toFront()
    assert.deepEqual([idle, busy].map(({ left }) => left?.reason), ['revoked', 'revoked'])
    assert.match(idle.body, /You were signed out by an administrator/)
  })
})

async function demoKit (tell: (line: string) => void = () => {}): Promise<SessionKit<FastifyInstance>> {
  return await sessionKit(({ store }) => buildDemo({
    backend: { store, secret: SECRET }, warnAfter: 20, expireAfter: 60, tell
  }), {
    signIn: (browser, name) => browser.post('/login', new URLSearchParams({ name }))
  })
}

/** The rows of the panel: the request, how often it came, and its effect. */
function rowsIn (body: string): string[] {
  return [...body.matchAll(/<code>(.*?)<\/code>(.*?)<\/td>\s*<td>(.*?)</gs)].map(([, ...parts]) => parts.join('|'))
}
