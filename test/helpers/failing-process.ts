import { setTimeout } from 'node:timers/promises'
import { MemoryStore, sessionAdmin } from '../../src/index.ts'
import { buildApp } from './app.ts'

// An application of which everything fails that it may give: a server without a listener for what nobody caught.
const late = async (): Promise<never> => { throw new Error('late') }
const unreadable = (): Error =>
  Object.defineProperty(new Error('odd'), 'extra', { enumerable: true, get () { throw new Error('getter') } })
const statuses: number[] = []
let broken = ''

const { app, browser, newBrowser } = await buildApp({
  security: {
    store: new MemoryStore({ clock: () => broken === 'clock' ? late() as never : Date.now() }),
    deviceOf: () => broken === 'deviceOf' ? { address: [late()] } as never : null,
    onSessionEnd: () => { throw Object.assign(new Error('of the handler'), { inner: unreadable() }) }
  },
  routes: app => {
    app.post('/callback', ({ session }, reply) => {
      reply.send('answered')
      session.save(late)
      session.reload(() => { throw Object.assign(new Error('of the callback'), { inner: unreadable() }) })
    })
    app.post('/store', async ({ session, sessionStore }) => { sessionStore.get(session.sessionId, late) })
    app.register(sessionAdmin, { prefix: '/admin', authorize: () => true, who: late as never })
  }
})
await browser.post('/sign-in')
const headers = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' }
statuses.push((await browser.post('/admin/tokens/revoke', 'id=jti', headers)).statusCode)
statuses.push((await browser.post('/callback')).statusCode, (await browser.post('/store')).statusCode)
for (broken of ['deviceOf', 'clock']) statuses.push((await newBrowser().post('/sign-in')).statusCode)
broken = ''
statuses.push((await browser.post('/sign-out')).statusCode)
await app.sessionSecurity.endAll()
await setTimeout(50)
await app.close()
console.log(statuses.join())
