import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { EndedSession } from '../../src/index.ts'
import { steeredKit } from '../helpers/steered-store.ts'
import type { StoreKit } from '../helpers/store-kits.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'
import type { AdminApp, AdminAppOptions, FormFields } from './admin-app.ts'
import { ADMIN, SAME_ORIGIN, buildAdminApp, idOf } from './admin-app.ts'

for (const kit of [memoryKit, redisKit()]) describe(`the admin page on ${kit.name}`, () => adminPage(kit))

function adminPage (kit: StoreKit): void {
  /** Starts an application, and reads its pages as a person does. */
  async function start (options: AdminAppOptions = {}): Promise<AdminApp & {
    rows (path?: string): Promise<string[]>,
    text (path: string, headers?: Record<string, string>): Promise<string>
  }> {
    const built = await buildAdminApp({ kit, ...options })
    const text = async (path: string, headers = {}): Promise<string> =>
      readable((await built.operator.get(`${ADMIN}${path}`, headers)).body)
    const rows = async (path = ''): Promise<string[]> =>
      [...(await built.operator.get(`${ADMIN}${path}`)).body.matchAll(/<th role="rowheader"(.*?)<\/tr>/gs)]
        .map(([row]) => readable(row))
    return { ...built, text, rows }
  }

  describe('lists', () => {
    it('live sessions with user, state, times and device', async () => {
      const { app, clock, rows, signIn, text } = await start()
      await signIn('ada', { address: '10.1.2.3', userAgent: 'Mozilla/5.0 (Kiosk)' })
      clock.advance(75)
      const [row = ''] = await rows('?user=ada')
      assert.match(row, /^ada [\w-]{8}… Live .* 1 min 15 s 8 min 45 s if idle Mozilla\/5\.0 \(Kiosk\) 10\.1\.2\.3 End$/)
      assert.match(
        await text(''),
        new RegExp('2 live, 0 ended, 0 to sweep Live sessions 2 Ended sessions 0 Waiting for the sweep 0 ' +
          'Longest wait for the sweep 0 s Pending ends 0 Tokens 0')
      )
      const [own = ''] = await rows('?user=root')
      assert.match(own, /^root you .* not recorded End$/)
      await app.close()
    })

    it('the nearer deadline of a session', async () => {
      const { app, clock, operator, rows } = await start({ security: { absoluteTimeout: 700 } })
      assert.match(String(await rows()), /10 min 0 s if idle/)
      clock.advance(200)
      await operator.get(ADMIN)
      assert.match(String(await rows()), /8 min 20 s at the latest/)
      await app.close()
    })

    it('ended sessions, with the reason', async () => {
      const { app, clock, operator, rows, signIn, store } = await start()
      await signIn('idle')
      clock.advance(590)
      await operator.get(ADMIN)
      await store.end(await signIn('revoked'), 'revoked', 'b<b>oss')
      clock.advance(1)
      await store.end(await signIn('gone'), 'logout')
      clock.advance(10)
      assert.match((await operator.get(ADMIN)).body, /Waiting for the sweep<\/dt><dd>1<\/dd>.*<dd>1 s</)
      for (const isSwept of [false, true]) {
        if (isSwept) await app.sessionSecurity.sweep()
        const ended = await rows('?state=ended')
        const shown = ended.map(row => /^(\S+) \S+ Ended (.+?) \d{4}-/.exec(row)?.slice(1).join(' '))
        assert.deepEqual(
          shown, ['idle idle', 'gone signed out', 'revoked revoked by b&#60;b&#62;oss'],
          `the latest end first, swept: ${isSwept}`
        )
        assert.ok(ended.every(row => !row.includes('End session')))
      }
      assert.equal((await rows('?state=all')).length, 4, 'the operator\'s too')
      assert.match(String(await rows('?state=all&user=idle')), /^idle .* Ended idle .* 10 min 0 s/)
      await app.close()
    })

    it('sessions by their deadlines, in both directions', async () => {
      const { app, clock, rows, signIn, operator } = await start()
      for (const user of ['first', 'second', 'third']) {
        await signIn(user)
        clock.advance(60)
      }
      await operator.get(ADMIN)
      const names = async (query: string): Promise<string[]> =>
        (await rows(query)).map(row => String(row.split(' ')[0]))
      assert.deepEqual(await names('?order=ends-first'), ['first', 'second', 'third', 'root'])
      assert.deepEqual(await names('?order=ends-last'), ['root', 'third', 'second', 'first'])
      assert.deepEqual(await names(''), ['root', 'third', 'second', 'first'])
      assert.deepEqual((await names('?order=any')).sort(), ['first', 'root', 'second', 'third'])
      await app.close()
    })

    it('sessions of exactly the user in the search', async () => {
      const { app, rows, signIn, text } = await start()
      for (const user of ['ada', 'adam', 'Ada', 'ada ', 'a&d=a', 'ünïcödé/?#']) await signIn(user)
      for (const user of ['ada', 'a&d=a', 'ünïcödé/?#', 'ada ']) {
        assert.equal((await rows(`?${new URLSearchParams({ user })}`)).length, 1, user)
      }
      assert.match(await text('?user=ad'), /This user has no live sessions\. The id must match exactly\./)
      assert.match(await text('?user=ad'), /The whole id, exactly as the application writes it/)
      await app.close()
    })

    it('sessions of users whose ids begin with a text, without a button that ends all of a user', async () => {
      const { app, rows, signIn, store, text } = await start()
      for (const user of ['ada', 'Adam', 'eve', 'a&d']) await signIn(user)
      await store.end(await signIn('adele'), 'revoked')
      const names = async (query: string): Promise<string[]> =>
        (await rows(query)).map(row => String(row.split(' ')[0])).toSorted()
      assert.deepEqual(await names('?user=AD&match=prefix'), ['Adam', 'ada'])
      assert.deepEqual(await names('?user=ad&match=prefix&state=all'), ['Adam', 'ada', 'adele'])
      assert.deepEqual(await names('?user=a%26&match=prefix&order=any'), ['a&d'])
      assert.deepEqual((await names('?match=prefix')).length, 5, 'without a user')
      const shown = await text('?user=ad&match=prefix')
      assert.match(
        shown, /Only users whose id begins with ad : Show all users Live sessions of users whose id begins with ad/
      )
      assert.doesNotMatch(shown, /End all sessions/)
      assert.match(await text('?user=zz&match=prefix'), /No user whose id begins like this has live sessions\./)
      await app.close()
    })

    it('page by page, each session once', async () => {
      const { app, clock, operator, signIn } = await start({ admin: { pageSize: 3 } })
      for (let i = 0; i < 10; i++) {
        await signIn(`user-${i}`)
        clock.advance(11)
      }
      for (const query of ['', '?order=ends-first', '?order=any', '?state=all']) {
        const seen: string[] = []
        let link: string | undefined = `${ADMIN}${query}`
        for (let pages = 0; link !== undefined; pages++) {
          assert.ok(pages < 30)
          const { body } = await operator.get(link)
          assert.equal(body.includes('>First page</a>'), pages > 0)
          const users = [...body.matchAll(/<span class="name">.*?<bdi>(.*?)<\/bdi>/g)].map(([, user]) => String(user))
          assert.ok(users.length <= 3)
          seen.push(...users)
          const [, next] = /<a class="button" href="([^"]+)" rel="next">/.exec(body) ?? []
          if (next !== undefined) assert.match(body, /There may be more/)
          link = next?.replaceAll('&#61;', '=').replaceAll('&#38;', '&')
        }
        assert.deepEqual(seen.sort(), ['root', ...Array.from({ length: 10 }, (_, i) => `user-${i}`)], query)
      }
      await app.close()
    })

    it('no live sessions of a user whose sessions have ended', async () => {
      const { app, text, store, signIn } = await start()
      await store.end(await signIn('ada'), 'revoked')
      assert.match(await text('?user=ada'), /This user has no live sessions\. The id must match exactly\./)
      assert.doesNotMatch(await text('?user=ada'), /Next page/)
      await app.close()
    })

    it('a page with one call of the store, and one for the figures', async () => {
      const steered = steeredKit(kit)
      const { app, operator, signIn } = await start({ kit: steered, admin: { pageSize: 2 } })
      for (let i = 0; i < 6; i++) await signIn(`user-${i}`)
      steered.store.calls.length = 0
      await operator.get(ADMIN)
      assert.deepEqual(steered.store.calls.filter(call => ['list', 'stats'].includes(call)), ['list', 'stats'])
      await app.close()
    })
  })

  describe('shows one session', () => {
    it('by its handle, with all details', async () => {
      const { app, clock, signIn, text } = await start()
      const handle = await signIn('ada', { address: '::1', userAgent: 'curl/8' })
      clock.advance(61)
      const shown = await text(`/sessions/${handle}`)
      for (const part of [
        `Handle ${handle}`, 'User ada', 'State Live', 'Idle for 1 min 1 s', 'Expires in 8 min 59 s',
        'Deadline Idle deadline: any activity moves it.', 'Browser curl 8', 'Address ::1',
        'User agent, as the browser sent it curl/8', 'End this session'
      ]) {
        assert.ok(shown.includes(part), part)
      }
      await app.close()
    })

    it('whose user confirmed the identity again, with the methods', async () => {
      const { app, clock, newBrowser, text } = await start({
        routes (app) {
          app.post('/confirm', async request => {
            request.sessionSecurity.reauthenticated({ methods: ['password', 'totp'] })
            return 'confirmed'
          })
        }
      })
      const browser = newBrowser()
      await browser.post('/sign-in-as?user=ada')
      clock.advance(60)
      assert.equal((await browser.post('/confirm')).statusCode, 200)
      const [session] = (await app.sessionSecurity.list({ user: 'ada' })).sessions
      const shown = await text(`/sessions/${session?.handle}`)
      assert.match(shown, /Identity confirmed [\d-]{10} [\d:]{8} Confirmed by password, totp Last activity/)
      await app.close()
    })

    it('that has ended, with the reason', async () => {
      const { app, signIn, store, text } = await start()
      const handle = await signIn('ada')
      await store.end(handle, 'displaced')
      const shown = await text(`/sessions/${handle}`)
      assert.match(shown, /State Ended displaced by a newer sign-in .*Reason The user was at the session limit/)
      assert.doesNotMatch(shown, /End this session/)
      await app.close()
    })

    it('under the handle of its successor', async () => {
      const { app, newBrowser, operator } = await start({
        routes (app) {
          app.post(
            '/renew', async request => { await request.session.regenerate(['user']); return request.session.sessionId }
          )
        }
      })
      const browser = newBrowser()
      await browser.post('/sign-in-as?user=ada')
      const [before] = (await app.sessionSecurity.list({ user: 'ada' })).sessions
      await browser.post('/renew')
      const [after] = (await app.sessionSecurity.list({ user: 'ada' })).sessions
      assert.notEqual(before?.handle, after?.handle)
      const answer = await operator.get(`${ADMIN}/sessions/${before?.handle}`)
      assert.deepEqual([answer.statusCode, answer.headers.location], [303, `${ADMIN}/sessions/${after?.handle}`])
      const asked = (await operator.get(`${ADMIN}/live?handle=${before?.handle}`)).json()
      assert.equal(asked[String(before?.handle)].isLive, true)
      await app.close()
    })

    for (const handle of ['x'.repeat(43), 'nonsense', '%00', '__proto__', '..%2f']) {
      it(`answers ${handle} 404`, async () => {
        const { app, operator, submit } = await start()
        const page = await operator.get(`${ADMIN}/sessions/${handle}`, { accept: 'text/html' })
        assert.equal(page.statusCode, 404)
        assert.match(page.body, /FST_SESSION_SECURITY_UNKNOWN_SESSION/)
        assert.equal(
          (await operator.get(`${ADMIN}/sessions/${handle}`)).json().code, 'FST_SESSION_SECURITY_UNKNOWN_SESSION'
        )
        assert.equal((await submit(`/sessions/${handle}/end`)).statusCode, 404)
        await app.close()
      })
    }
  })

  describe('ends', () => {
    it('a session: at once for its browser, notified once, with the operator in the log', async () => {
      const notified: EndedSession[] = []
      const { app, log, newBrowser, submit, text } = await start({
        security: { onSessionEnd: ended => notified.push(ended) }
      })
      const browser = newBrowser()
      await browser.post('/sign-in-as?user=ada')
      const [session] = (await app.sessionSecurity.list({ user: 'ada' })).sessions
      const handle = String(session?.handle)
      const answer = await submit(`/sessions/${handle}/end`)
      assert.deepEqual([answer.statusCode, answer.headers.location], [303, `${ADMIN}/sessions/${handle}?done=ended`])
      assert.equal((await browser.get('/')).json().user, null)
      assert.match(await text(`/sessions/${handle}?done=ended`, SAME_ORIGIN), /The session has been ended\. User ada/)
      assert.match(await text('?state=ended&user=ada'), /ada \S+ Ended revoked/)
      await app.close()
      assert.deepEqual(notified.map(({ user, reason }) => [user, reason]), [['ada', 'revoked']])
      assert.ok(log.lines.some(line =>
        line.msg === 'admin page: ended a session' &&
          line.by === 'root' && line.user === 'ada' && line.handle === handle
      ))
    })

    it('a session from the list, and returns to the same page of the list', async () => {
      const { app, operator, signIn, submit } = await start({ admin: { pageSize: 1 } })
      const handles = [await signIn('ada'), await signIn('ada')]
      const [, next = ''] = /<a class="button" href="([^"]+)" rel="next">/.exec(
        (await operator.get(`${ADMIN}?user=ada&order=any`)).body
      ) ?? []
      const { body } = await operator.get(next.replaceAll('&#61;', '=').replaceAll('&#38;', '&'))
      const [, form = ''] = /<form method="post" action="[^"]+\/end">(.*?)<button/s.exec(body) ?? []
      const inputs = [...form.matchAll(/name="(\w+)" value="([^"]*)"/g)]
      const fields = Object.fromEntries(inputs.map(([, name, value]) => [name, value]))
      assert.deepEqual(Object.keys(fields), ['order', 'user', 'cursor', 'back'])
      const answer = await submit(`/sessions/${handles[0]}/end`, fields)
      assert.equal(
        answer.headers.location,
        `${ADMIN}?${new URLSearchParams({ order: 'any', user: 'ada', cursor: fields.cursor ?? '', done: 'ended' })}`
      )
      await app.close()
    })

    it('several sessions, after a question that lists them, and returns to the same list', async () => {
      const notified: EndedSession[] = []
      const { app, log, operator, signIn, store, submit, text } = await start({
        security: { onSessionEnd: ended => notified.push(ended) }
      })
      const [ada, eve, zoe] = [await signIn('ada', { address: '10.0.0.7' }), await signIn('eve'), await signIn('zoe')]
      const chosen = new URLSearchParams([['order', 'any'], ['handle', ada], ['handle', eve], ['handle', ada]])
      const { body } = await operator.get(`${ADMIN}/end-sessions?${chosen}`)
      assert.match(
        readable(body),
        new RegExp('End 2 sessions\\? Each browser .* ada [\\w-]{8}… , idle for 0 s, 10\\.0\\.0\\.7 ' +
          'eve [\\w-]{8}… , idle for 0 s End 2 sessions Cancel')
      )
      const [, form = ''] = /<form method="post" action="[^"]+\/end-sessions">(.*?)<button/s.exec(body) ?? []
      const fields = [...form.matchAll(/name="(\w+)" value="([^"]*)"/g)]
        .map(([, name = '', value = '']): [string, string] => [name, value])
      assert.deepEqual(fields, [['order', 'any'], ['handle', ada], ['handle', eve]])
      await store.end(eve, 'logout')
      const answer = await submit('/end-sessions', fields)
      assert.equal(answer.headers.location, `${ADMIN}?order=any&done=sessions-ended&sessions=1&before=1&left=0`)
      assert.match(
        await text('?order=any&done=sessions-ended&sessions=1&before=1&left=0', SAME_ORIGIN),
        /1 session has been ended\. 1 other session had already ended\./
      )
      const states = await Promise.all([ada, eve, zoe].map(async handle => (await store.find(handle)).state))
      assert.deepEqual(states, ['ended', 'ended', 'live'])
      await app.close()
      assert.deepEqual(notified.map(({ user, by }) => [user, by]), [['ada', 'root']])
      const noted = log.lines.filter(line => line.msg === 'admin page: ended a session')
      assert.deepEqual(noted.map(line => [line.by, line.user, line.handle]), [['root', 'ada', ada]])
    })

    it('several sessions, but keeps the session of the operator if asked to', async () => {
      const { app, operator, signIn, store, submit, text } = await start()
      const [ada, own] = [await signIn('ada'), store.handleOf(idOf(operator))]
      const both: FormFields = [['handle', ada], ['handle', own]]
      assert.match(await text(`/end-sessions?${new URLSearchParams(both)}`), /root you .* Keep my own session/)
      await submit('/end-sessions', [...both, ['keep', 'on']])
      assert.deepEqual([(await store.find(ada)).state, (await store.find(own)).state], ['ended', 'live'])
      await submit('/end-sessions', [['handle', own]])
      assert.equal((await store.find(own)).state, 'ended')
      await app.close()
    })

    it('no session if none is chosen, all have ended, or a handle is wrong', async () => {
      const { app, operator, signIn, store, submit, text } = await start({ admin: { pageSize: 2 } })
      const none = await operator.get(`${ADMIN}/end-sessions?state=all`)
      assert.deepEqual([none.statusCode, none.headers.location], [303, `${ADMIN}?state=all&done=none-chosen`])
      assert.match(
        await text('?state=all&done=none-chosen', SAME_ORIGIN),
        /No session was chosen\. Mark the sessions to end first\./
      )
      const handle = await signIn('ada')
      await store.end(handle, 'logout')
      const past = await operator.get(`${ADMIN}/end-sessions?handle=${handle}&handle=${'x'.repeat(43)}`)
      assert.equal(past.headers.location, `${ADMIN}?done=sessions-ended&sessions=0&before=2`)
      for (const named of ['nonsense', '', '../x']) {
        assert.equal(
          (await operator.get(`${ADMIN}/end-sessions?handle=${named}`)).json().code, 'FST_SESSION_SECURITY_BAD_INPUT',
          named
        )
        assert.equal((await submit('/end-sessions', { handle: named })).statusCode, 400)
      }
      const many = ['a', 'b', 'c'].map((letter): [string, string] => ['handle', letter.repeat(43)])
      assert.match((await submit('/end-sessions', many)).body, /at most 2 handles; received 3 handles/)
      await app.close()
    })

    it('a session only once', async () => {
      const { app, signIn, submit } = await start()
      const handle = await signIn('ada')
      await submit(`/sessions/${handle}/end`)
      const { headers } = await submit(`/sessions/${handle}/end`)
      assert.equal(headers.location, `${ADMIN}/sessions/${handle}?done=ended-before`)
      await app.close()
    })

    it('all sessions of a user, and only theirs, after a question', async () => {
      const { app, rows, signIn, store, submit, text } = await start()
      for (let i = 0; i < 3; i++) await signIn('ada')
      await signIn('eve')
      await store.tokens.track({ id: 'jti', user: 'ada', expiresAtMs: Date.UTC(2099, 0) })
      const asked = await text('/end-user?user=ada')
      assert.match(asked, /ada has 3 live sessions\. End all of them\?/)
      assert.doesNotMatch(asked, /Keep my own session/)
      const answer = await submit('/end-user', { user: 'ada' })
      assert.equal(answer.headers.location, `${ADMIN}?user=ada&done=user-ended&sessions=3&tokens=0`)
      assert.deepEqual([await rows('?user=ada'), (await rows('?user=eve')).length], [[], 1])
      assert.equal((await store.tokens.find('jti'))?.state, 'active')
      assert.match(await text('?user=ada&done=user-ended&sessions=3', SAME_ORIGIN), /3 sessions have been ended/)
      await app.close()
    })

    it('all sessions of a user with the tokens, if asked to', async () => {
      const { app, signIn, store, submit } = await start()
      await signIn('ada')
      await store.tokens.track({ id: 'jti', user: 'ada', expiresAtMs: Date.UTC(2099, 0) })
      const answer = await submit('/end-user', { user: 'ada', tokens: 'on' })
      assert.equal(answer.headers.location, `${ADMIN}?user=ada&done=user-ended-with-tokens&sessions=1&tokens=1`)
      const token = await store.tokens.find('jti')
      assert.deepEqual([token?.state, token?.revokedBy], ['revoked', 'root'])
      await app.close()
    })

    it('the other sessions of the operator', async () => {
      const { app, operator, signIn, submit, text } = await start()
      await signIn('root')
      assert.match(await text('/end-user?user=root'), /2 live sessions.*Keep my own session/)
      assert.equal(
        (await submit('/end-user', { user: 'root', keep: 'on' })).headers.location,
        `${ADMIN}?user=root&done=user-ended&sessions=1&tokens=0`
      )
      assert.equal((await operator.get(ADMIN)).statusCode, 200)
      await submit('/end-user', { user: 'root' })
      assert.equal((await operator.get(ADMIN)).statusCode, 403)
      await app.close()
    })

    it('expired sessions, by the sweep', async () => {
      const notified: EndedSession[] = []
      const { app, clock, operator, signIn, submit, text } = await start({
        security: { onSessionEnd: ended => notified.push(ended) }
      })
      for (let i = 0; i < 3; i++) await signIn(`user-${i}`)
      clock.advance(590)
      await operator.get(ADMIN)
      clock.advance(20)
      const answer = await submit('/sweep')
      assert.equal(answer.headers.location, `${ADMIN}?state=ended&done=swept&sessions=3&failed=0&more=0`)
      assert.deepEqual(notified.map(({ user }) => user).sort(), ['user-0', 'user-1', 'user-2'])
      assert.match(await text('?done=swept&sessions=3', SAME_ORIGIN), /The sweep found 3 ended sessions\./)
      assert.match(
        await text('?done=swept&sessions=0&failed=1&more=1', SAME_ORIGIN),
        /found 1 ended session\. 1 end could not be notified: a sweep tries again in a minute\. There are more/
      )
      await app.close()
    })
  })

  describe('keeps the token registry', () => {
    it('lists tokens, also by user', async () => {
      const { app, rows, store, text } = await start()
      for (const [id, user] of [['one', 'ada'], ['two', 'ada'], ['three', 'eve']] as const) {
        await store.tokens.track({ id, user, note: `for ${id}`, expiresAtMs: Date.UTC(2099, 0) })
      }
      assert.equal((await rows('/tokens')).length, 3)
      assert.match(
        (await rows('/tokens?user=eve')).join(), /^three eve Active for three .* 2099-01-01 00:00:00 Revoke…$/
      )
      assert.match(await text('/tokens?user=nobody'), /This user has no tokens\. The id must match exactly\./)
      await app.close()
    })

    it('lists tokens page by page', async () => {
      const { app, operator, store } = await start({ admin: { pageSize: 2 } })
      for (let i = 0; i < 5; i++) await store.tokens.track({ id: `jti-${i}`, expiresAtMs: Date.UTC(2099, 0) })
      const seen: string[] = []
      let link: string | undefined = `${ADMIN}/tokens`
      while (link !== undefined) {
        const { body } = await operator.get(link)
        seen.push(...[...body.matchAll(/<span class="mono"><bdi>(.*?)</g)].map(([, id]) => String(id)))
        link = /<a class="button" href="([^"]+)" rel="next">/.exec(body)?.[1]?.replaceAll('&#61;', '=')
          .replaceAll('&#38;', '&')
      }
      assert.deepEqual(seen.sort(), ['jti-0', 'jti-1', 'jti-2', 'jti-3', 'jti-4'])
      await app.close()
    })

    it('revokes a token, after a question, with the name of the operator', async () => {
      const { app, rows, store, submit, text } = await start({ admin: { who: () => 'Root, of night shift' } })
      await store.tokens.track({ id: 'a/b?c', user: 'ada', expiresAtMs: Date.UTC(2099, 0) })
      assert.match(await text('/tokens/revoke?id=a%2Fb%3Fc'), /Revoke the token a\/b\?c \?/)
      assert.equal((await submit('/tokens/revoke', { id: 'a/b?c' })).headers.location, `${ADMIN}/tokens?done=revoked`)
      assert.match(String(await rows('/tokens')), /Revoked by Root, of night shift/)
      assert.equal(
        (await submit('/tokens/revoke', { id: 'unknown' })).headers.location, `${ADMIN}/tokens?done=not-known`
      )
      await app.close()
    })

    it('revokes all tokens of a user, after a question', async () => {
      const { app, store, submit, text } = await start()
      for (const id of ['one', 'two']) await store.tokens.track({ id, user: 'ada', expiresAtMs: Date.UTC(2099, 0) })
      await store.tokens.track({ id: 'three', user: 'eve', expiresAtMs: Date.UTC(2099, 0) })
      assert.match(await text('/tokens/revoke-user?user=ada'), /Revoke all tokens of ada \?/)
      assert.equal(
        (await submit('/tokens/revoke-user', { user: 'ada' })).headers.location,
        `${ADMIN}/tokens?user=ada&done=user-revoked&tokens=2`
      )
      assert.deepEqual(
        [(await store.tokens.find('two'))?.state, (await store.tokens.find('three'))?.state], ['revoked', 'active']
      )
      await app.close()
    })
  })

  describe('is asked by its script', () => {
    it('for the texts of the sessions on the page', async () => {
      const { app, clock, operator, signIn, store } = await start()
      const [live, ended, unknown] = [await signIn('ada'), await signIn('eve'), 'x'.repeat(43)]
      await store.end(ended, 'revoked')
      clock.advance(30)
      const query = [live, ended, unknown].map(handle => `handle=${handle}`).join('&')
      const answer = await operator.get(`${ADMIN}/live?${query}`)
      assert.deepEqual(answer.json(), {
        [live]: {
          isLive: true, state: 'Live', reason: '', idleFor: '30 s', expiresIn: '9 min 30 s', endsBy: 'if idle'
        },
        [ended]: { isLive: false, state: 'Ended', reason: 'revoked', idleFor: '0 s', expiresIn: '', endsBy: '' },
        [unknown]: { isLive: false, state: 'Ended', reason: 'forgotten', idleFor: '', expiresIn: '', endsBy: '' }
      })
      await app.close()
    })
  })

  describe('is not misled', () => {
    const bad = [
      '?state=dead', '?state=live&state=ended', '?order=up', `?user=${'x'.repeat(257)}`, '?user=a&user=b',
      `?cursor=${'x'.repeat(201)}`, '?cursor=nonsense', '?state=all&cursor=nonsense', '?cursor=%00',
      '/tokens?cursor=nonsense', '/tokens?user=a&user=b', '/tokens/revoke', '/tokens/revoke?id=', '/tokens/revoke-user',
      '/end-user', `/end-user?user=${'x'.repeat(257)}`, '/live?handle=nonsense',
      `/live?${Array.from({ length: 51 }, () => `handle=${'x'.repeat(43)}`).join('&')}`
    ]
    it('by a wrong address: that is a 400, with a code', async () => {
      const { app, operator } = await start()
      for (const path of bad) {
        const answer = await operator.get(`${ADMIN}${path}`)
        assert.deepEqual([answer.statusCode, answer.json().code], [400, 'FST_SESSION_SECURITY_BAD_INPUT'], path)
        const page = await operator.get(`${ADMIN}${path}`, { accept: 'text/html' })
        assert.equal(page.statusCode, 400)
        assert.match(page.body, /<code>FST_SESSION_SECURITY_BAD_INPUT/)
      }
      await app.close()
    })

    it('by a wrong form: nothing is done', async () => {
      const { app, signIn, store, submit } = await start()
      const handle = await signIn('ada')
      const long = 'x'.repeat(257)
      for (const [url, fields] of [
        ['/end-user', {}], ['/end-user', { user: '' }], ['/end-user', { user: long }],
        ['/end-user', { user: 'ada', keep: long }], ['/tokens/revoke', { id: long }], ['/tokens/revoke-user', {}],
        [`/sessions/${handle}/end`, { back: 'list', state: 'dead' }]
      ] as const) {
        assert.equal(
          (await submit(url, fields, { 'sec-fetch-site': 'same-origin' })).json().code,
          'FST_SESSION_SECURITY_BAD_INPUT', url
        )
      }
      assert.equal((await submit('/end-user', { user: 'x'.repeat(20_000) })).statusCode, 413)
      assert.equal(
        (await submit('/end-user', {}, { ...SAME_ORIGIN, 'content-type': 'application/json' })).statusCode, 415
      )
      assert.equal((await store.find(handle)).state, 'live')
      await app.close()
    })

    it('into a message about what was not done, by a foreign link or by other words', async () => {
      const { app, text } = await start()
      const shows = async (query: string, headers: Record<string, string>): Promise<boolean> =>
        / has been ended/.test(await text(query, headers))
      assert.equal(await shows('?done=ended', { 'sec-fetch-site': 'same-origin' }), true)
      assert.equal(await shows('?done=ended', { referer: 'http://localhost:80/admin' }), true, 'an old browser')
      for (const headers of [
        { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'none' }, { 'sec-fetch-site': 'same-site' }, {},
        { referer: 'https://evil.example/admin' }
      ]) {
        assert.equal(await shows('?done=ended', headers), false, JSON.stringify(headers))
      }
      for (const done of ['toString', '__proto__', 'Send your password to evil.example', '']) {
        assert.doesNotMatch((await text(`?done=${done}`, SAME_ORIGIN)), /evil|function|object/)
      }
      assert.match(await text('?done=user-ended&sessions=-1&tokens=evil', SAME_ORIGIN), /^.*0 sessions have been ended/)
      await app.close()
    })

    it('by an application that has its own parser of queries, or its own compiler of schemas', async () => {
      const { app, rows, signIn } = await start({
        routes (app) {
          app.setValidatorCompiler(() => { throw new Error('only schemas of its own kind') })
          app.setSerializerCompiler(() => { throw new Error('only schemas of its own kind') })
          app.addHook('preSerialization', async (_request, _reply, payload) => ({ data: payload }))
        }
      })
      await signIn('ada')
      assert.equal((await rows('?user=ada')).length, 1)
      await app.close()
    })
  })

  it('escapes everything that users and browsers wrote', async () => {
    const { app, operator, signIn, store } = await start()
    const names = [
      '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)", 'javascript:alert(1)',
      '</bdi></main>', 'x'.repeat(256), '&lt;b&gt;', '!{1}'
    ]
    for (const name of names) {
      const handle = await signIn(name, { address: name, userAgent: name })
      await store.tokens.track({
        id: `jti ${name}`.slice(0, 256), user: name, note: name, expiresAtMs: Date.UTC(2099, 0)
      })
      await store.tokens.revoke(`jti ${name}`.slice(0, 256), name)
      const user = new URLSearchParams({ user: name })
      for (const path of [
        '', `?${user}`, `?state=all&${user}`, `/sessions/${handle}`, `/end-user?${user}`, '/tokens', `/tokens?${user}`,
        `/tokens/revoke-user?${user}`, `/tokens/revoke?${new URLSearchParams({ id: name })}`,
        `?${new URLSearchParams({ cursor: name.slice(0, 200) })}`
      ]) {
        const { body } = await operator.get(`${ADMIN}${path}`, { accept: 'text/html' })
        assert.doesNotMatch(body, /<script>|<img|onerror=|onmouseover=|href="javascript|<\/bdi><\/main>/, path)
        assert.equal(body.match(/<script /g)?.length, 2)
        assert.equal(body.match(/<\/main>/g)?.length, 1)
      }
    }
    await app.close()
  })

  it('never shows the id of a session', async () => {
    const { app, log, newBrowser, operator, submit } = await start()
    const browser = newBrowser()
    await browser.post('/sign-in-as?user=ada')
    const id = idOf(browser)
    assert.ok(id.length > 20)
    const [session] = (await app.sessionSecurity.list({ user: 'ada' })).sessions
    for (const path of ['', `/sessions/${session?.handle}`, '/end-user?user=ada', `/live?handle=${session?.handle}`]) {
      assert.ok(!(await operator.get(`${ADMIN}${path}`)).body.includes(id), path)
    }
    await submit(`/sessions/${session?.handle}/end`)
    assert.ok(!JSON.stringify(log.lines).includes(id))
    await app.close()
  })
}

/** Returns the text that a person reads of HTML. */
function readable (html: string): string {
  return html.replace(/<head>.*<\/head>/s, '').replace(/<[^>]*>/g, ' ').replaceAll('&#61;', '=')
    .replaceAll('&#38;', '&').replaceAll('&#39;', '\'').replace(/\s+/g, ' ').trim()
}
