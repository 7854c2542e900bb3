import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FastifyRequest } from 'fastify'
import type { TestApp } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'

type Session = FastifyRequest['session'] & { form?: { name: string, more?: number } }

for (const rolling of [true, false]) {
  describe(`a session that says by itself whether it was modified, with rolling: ${rolling}`, () => {
    const acts: ReadonlyArray<readonly [what: string, isModified: boolean, act: (session: Session) => void]> = [
      ['nothing', false, () => {}],
      ['reading', false, session => { assert.equal(session.form?.name, 'Ada') }],
      ['a value set to what it is', false, session => { session.user = 'ada' }],
      ['an object set to its like', false, session => { session.form = { name: 'Ada' } }],
      ['a value replaced', true, session => { session.user = 'eve' }],
      ['an object changed in its place', true, session => { if (session.form !== undefined) session.form.more = 1 }],
      ['a value added', true, session => { session.a = 1 }],
      ['a value removed', true, session => { delete session.form }],
      ['a value set to nothing', true, session => { Reflect.set(session, 'form', undefined) }]
    ]
    for (const [what, isModified, act] of acts) {
      it(`${what}: ${isModified ? 'modified, and saved' : 'not modified'}`, async () => {
        const { app, browser, seen } = await open(act)
        const before = (await browser.get('/session')).json()
        await browser.get('/act')
        assert.deepEqual(seen, [isModified])
        assert.equal(JSON.stringify((await browser.get('/session')).json()) !== JSON.stringify(before), isModified)
        await app.close()
      })
    }

    it('is not modified once it is saved, and modified again when it is changed back', async () => {
      const { app, browser } = await open(() => {}, app => {
        app.get('/back', async request => {
          const said: boolean[] = []
          for (const a of [1, 2]) {
            request.session.a = a
            said.push(request.session.isModified())
            await request.session.save()
            said.push(request.session.isModified())
          }
          request.session.a = 1
          return [...said, request.session.isModified()]
        })
      })
      assert.deepEqual((await browser.get('/back')).json(), [true, false, true, false, true])
      assert.equal((await browser.get('/session')).json().a, 1)
      await app.close()
    })

    it('shows nothing of it: neither a key, nor another class', async () => {
      const { app, browser } = await open(() => {}, app => {
        app.get('/keys', async request => {
          const { session } = request
          await request.session.regenerate(['user'])
          const isSameClass = session.constructor === request.session.constructor
          return { keys: Object.keys(session), isSameClass, inLoop: Object.keys({ ...session }) }
        })
      })
      const { keys, isSameClass, inLoop } = (await browser.get('/keys')).json()
      assert.deepEqual(keys.toSorted(), ['_session_security', 'cookie', 'form', 'user'])
      assert.deepEqual(inLoop, keys)
      assert.equal(isSameClass, true)
      await app.close()
    })

    it('cannot be written: a coded error, and nothing is lost', async () => {
      const { app, browser, seen } = await open(session => { Reflect.set(session, 'a', 1n) })
      const response = await browser.get('/act')
      assert.deepEqual(seen, [true])
      assert.deepEqual([response.statusCode, response.json().code], [500, 'FST_SESSION_SECURITY_NOT_SERIALIZABLE'])
      assert.equal((await browser.get('/session')).json().user, 'ada')
      await app.close()
    })
  })

  async function open (
    act: (session: Session) => void, routes: (app: TestApp['app']) => void = () => {}
  ): Promise<TestApp & { seen: boolean[] }> {
    const seen: boolean[] = []
    const built = await buildApp({
      session: { rolling },
      routes: app => {
        app.post('/fill', async request => { Object.assign(request.session, { form: { name: 'Ada' } }) })
        app.get('/session', async request => JSON.parse(JSON.stringify({ ...request.session, cookie: undefined })))
        app.get('/act', async request => {
          act(request.session)
          seen.push(request.session.isModified())
        })
        routes(app)
      }
    })
    await built.browser.post('/sign-in')
    await built.browser.post('/fill')
    return { ...built, seen }
  }
}
