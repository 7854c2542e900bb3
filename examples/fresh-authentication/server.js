// Asks for the password again before the e-mail address is changed: `node examples/fresh-authentication/server.js`
import formbody from '@fastify/formbody'
import Fastify from 'fastify'
import { requireSession, sameOriginPath, sessionClient, sessionSecurity } from 'fastify-session-security'

const { PORT = '3000', SECONDS = '300' } = process.env
const PASSWORD = 'correct horse'

const app = Fastify()
await app.register(formbody)
await app.register(sessionSecurity, {
  session: { secret: 'a secret of the example, at least 32 characters', cookie: { secure: 'auto' } },
  userOf: session => session.user,
  warnAfter: 540,
  expireAfter: 600
})
await app.register(sessionClient, { loginUrl: '/sign-in' })

const page = (request, title, body) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
  ${app.sessionClient.tags(request)}</head><body><h1>${title}</h1>${body}</body></html>`
const passwordForm = next => `<form method="post"><label>Password <input name="password" type="password"
  autocomplete="current-password" required></label><input type="hidden" name="next" value="${encodeURI(next)}"><button>Go on</button></form>`
const isRight = request => request.body?.password === PASSWORD
const nextOf = ({ next }) => sameOriginPath(next) ?? '/'

const signedIn = { preHandler: requireSession({ loginUrl: '/sign-in' }) }
const fresh = {
  preHandler: requireSession({ loginUrl: '/sign-in', authenticatedWithin: Number(SECONDS), reauthUrl: '/confirm' })
}

app.addHook(
  'onRequest', async (_request, reply) => { reply.type('text/html; charset=utf-8').header('cache-control', 'no-store') }
)

app.get('/sign-in', async request => page(request, 'Sign in', passwordForm(nextOf(request.query))))
app.post('/sign-in', async (request, reply) => {
  if (!isRight(request)) {
    return reply.code(401).send(page(request, 'That is not it', passwordForm(nextOf(request.body))))
  }
  request.session.user = 'ada'
  request.sessionSecurity.reauthenticated({ methods: ['pwd'] })
  return reply.redirect(nextOf(request.body), 303)
})

app.get('/', signedIn, async request => page(request, 'E-mail address', `<p>It is ${request.session.email ?? 'not known'}.</p>
  <form method="post" action="/email" id="email"><label>New address <input name="email" type="email" required></label>
  <button>Change</button></form>`))
app.post('/email', fresh, async (request, reply) => {
  request.session.email = String(request.body?.email).replace(/[^\w.@+-]/g, '')
  return reply.redirect('/', 303)
})

// A change that was refused is not done afterwards by itself: its form comes back with what was typed.
app.get('/confirm', signedIn, async request => page(request, 'Is it you?', passwordForm(nextOf(request.query))))
app.post('/confirm', signedIn, async (request, reply) => {
  if (!isRight(request)) {
    return reply.code(401).send(page(request, 'That is not it', passwordForm(nextOf(request.body))))
  }
  request.sessionSecurity.reauthenticated({ methods: ['pwd'] })
  return reply.redirect(nextOf(request.body), 303)
})

console.log(await app.listen({ host: '127.0.0.1', port: Number(PORT) }))
