// People sign in by their account in an LDAP directory. An account that is removed there ends its sessions here.
import { readFile } from 'node:fs/promises'
import formbody from '@fastify/formbody'
import Fastify from 'fastify'
import { requireSession, sameOriginPath, sessionClient, sessionSecurity } from 'fastify-session-security'
import { checkPassword, findRemoved } from './directory.js'

const { PORT = '3000', CHECK_EVERY = '10', SESSION_SECRET = 'for the example only, 32 characters long' } = process.env

const app = Fastify({ logger: { level: 'warn' } })
const style = await readFile(new URL('../style.css', import.meta.url))
await app.register(formbody)
await app.register(sessionSecurity, {
  session: { secret: SESSION_SECRET, cookie: { secure: 'auto' } },
  userOf: session => session.account?.id,
  pushUrl: '/session_security/push' // a page whose session ends is left within a second
})
await app.register(sessionClient, { loginUrl: '/sign-in', signOutUrl: '/sign-out' })

const REASONS = new Map([
  ['revoked', 'You were signed out because your account was removed.'],
  ['idle', 'You were signed out because nobody used this page for a while.']
])

const escape = value => String(value ?? '').replace(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`)

function send (request, reply, title, body) {
  reply.type('text/html').header('cache-control', 'no-store')
  return reply.send(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
    <meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/style.css">
    ${app.sessionClient.tags(request)}</head>
    <body><main class="narrow"><h1>${title}</h1>${body}</main></body></html>`)
}

function sendSignIn (request, reply, next, problem) {
  return send(request, reply, 'Sign in', `
    ${problem === undefined ? '' : `<p class="note" role="alert">${problem}</p>`}
    <form class="card" method="post" action="/sign-in" data-no-guard>
      <input type="hidden" name="next" value="${escape(next)}">
      <label>Name <input name="name" autocomplete="username" required autofocus></label>
      <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
      <button>Sign in</button>
    </form>`)
}

app.get('/style.css', { config: { sessionSecurity: { passive: true } } }, (_request, reply) => {
  return reply.type('text/css').send(style)
})

app.get('/sign-in', (request, reply) => {
  const { next, reason } = request.query
  return sendSignIn(request, reply, next, REASONS.get(reason))
})

app.post('/sign-in', async (request, reply) => {
  const { name = '', password = '', next } = request.body ?? {}
  const isAway = error => request.log.error(error)
  const account = await checkPassword(String(name), String(password)).catch(isAway)
  if (account === undefined) return sendSignIn(request, reply.code(503), next, 'The directory does not answer.')
  if (account === null) return sendSignIn(request, reply.code(401), next, 'Wrong name or password.')
  request.session.account = account // the answer brings a new session id
  return reply.redirect(sameOriginPath(next) ?? '/', 303)
})

app.post('/sign-out', async (request, reply) => {
  await request.session.destroy()
  return reply.redirect('/sign-in', 303)
})

app.get('/', { preHandler: requireSession({ loginUrl: '/sign-in' }) }, (request, reply) => {
  const { name, mail, dn } = request.session.account
  return send(request, reply, `Hello, ${escape(name)}`, `
    <div class="card"><p>${escape(mail)}</p><p class="hint">${escape(dn)}</p>
    <form method="post" action="/sign-out" data-session-sign-out><button>Sign out</button></form></div>`)
})

/** Ends all sessions of people whose account is gone, on all nodes. */
async function endRemoved () {
  const users = new Set()
  let cursor
  do {
    const page = await app.sessionSecurity.list({ limit: 1000, cursor })
    for (const { user } of page.sessions) users.add(user)
    cursor = page.cursor ?? undefined
  } while (cursor !== undefined)
  for (const user of await findRemoved(users)) await app.sessionSecurity.endUser(user, { by: 'directory' })
}
const timer = setInterval(() => endRemoved().catch(error => app.log.error(error)), Number(CHECK_EVERY) * 1000)
app.addHook('onClose', async () => clearInterval(timer))

console.log(`Open ${await app.listen({ host: '127.0.0.1', port: Number(PORT) })} and sign in as ada, "correct horse".`)
