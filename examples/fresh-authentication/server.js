// This server asks for the password again before it changes the e-mail address. README.md says how to start it.
import { readFile } from 'node:fs/promises'
import formbody from '@fastify/formbody'
import Fastify from 'fastify'
import { requireSession, sameOriginPath, sessionClient, sessionSecurity } from 'fastify-session-security'

const { PORT = '3000', SECONDS = '60', SESSION_SECRET = 'for the example only, 32 characters long' } = process.env
const PASSWORD = 'correct horse'

const app = Fastify()
const style = await readFile(new URL('../style.css', import.meta.url))
await app.register(formbody)
await app.register(sessionSecurity, {
  session: { secret: SESSION_SECRET, cookie: { secure: 'auto' } },
  userOf: session => session.user
})
await app.register(sessionClient, { loginUrl: '/sign-in' })

function send (request, reply, title, body) {
  reply.type('text/html').header('cache-control', 'no-store')
  return reply.send(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
    <meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/style.css">
    ${app.sessionClient.tags(request)}</head>
    <body><main class="narrow"><h1>${title}</h1>${body}</main></body></html>`)
}

function sendPasswordForm (request, reply, title, { next }) {
  return send(request, reply, title, `<form class="card" method="post">
    <input type="hidden" name="next" value="${escape(nextOf(next))}">
    <label>Password <input name="password" type="password" autocomplete="current-password" required autofocus></label>
    <button>Go on</button></form>`)
}

const escape = text => text.replace(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`)
const nextOf = next => sameOriginPath(next) ?? '/' // never another site
const isRight = request => request.body?.password === PASSWORD

const signedIn = { preHandler: requireSession({ loginUrl: '/sign-in' }) }
const fresh = {
  preHandler: requireSession({ loginUrl: '/sign-in', authenticatedWithin: Number(SECONDS), reauthUrl: '/confirm' })
}

app.get('/style.css', { config: { sessionSecurity: { passive: true } } }, (_request, reply) => {
  return reply.type('text/css').send(style)
})

app.get('/sign-in', (request, reply) => sendPasswordForm(request, reply, 'Sign in', request.query))
app.post('/sign-in', (request, reply) => {
  if (!isRight(request)) return sendPasswordForm(request, reply.code(401), 'That is not it', request.body ?? {})
  request.session.user = 'ada'
  request.sessionSecurity.reauthenticated({ methods: ['pwd'] })
  return reply.redirect(nextOf(request.body.next), 303)
})

app.get('/', signedIn, (request, reply) => send(request, reply, 'E-mail address', `
  <form class="card" method="post" action="/email" id="email">
    <p>Your address is ${request.session.email ?? 'not known'}.</p>
    <label>New address <input name="email" type="email" required></label><button>Change</button>
  </form>`))
app.post('/email', fresh, (request, reply) => {
  request.session.email = String(request.body?.email).replace(/[^\w.@+-]/g, '')
  return reply.redirect('/', 303)
})

// The server does not repeat a change that it refused: the form comes back, and the page offers what was typed.
app.get('/confirm', signedIn, (request, reply) => sendPasswordForm(request, reply, 'Is it you?', request.query))
app.post('/confirm', signedIn, (request, reply) => {
  if (!isRight(request)) return sendPasswordForm(request, reply.code(401), 'That is not it', request.body ?? {})
  request.sessionSecurity.reauthenticated({ methods: ['pwd'] })
  return reply.redirect(nextOf(request.body.next), 303)
})

console.log(`Open ${await app.listen({ host: '127.0.0.1', port: Number(PORT) })}. The password is "${PASSWORD}".`)
