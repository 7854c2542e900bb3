// This server renders pages, under a strict Content-Security-Policy. README.md says how to start it.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import csrf from '@fastify/csrf-protection'
import formbody from '@fastify/formbody'
import view from '@fastify/view'
import { Eta } from 'eta'
import Fastify from 'fastify'
import { requireSession, sameOriginPath, sessionClient, sessionSecurity } from 'fastify-session-security'

const { PORT = '3000', EXPIRE_AFTER = '60', SESSION_SECRET = 'for the example only, 32 characters long' } = process.env
const PEOPLE = new Map([['ada', 'correct horse'], ['bob', 'battery staple']]) // keep hashes of passwords instead
const REASONS = new Map([
  ['idle', 'You were signed out because nobody used this page for a while.'],
  ['absolute', 'You were signed out because the session had lasted as long as one may.'],
  ['logout', 'You signed out.'],
  ['revoked', 'You were signed out by an administrator, or by yourself on another device.'],
  ['displaced', 'You were signed out because you signed in elsewhere.']
])
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; " +
  "base-uri 'none'; frame-ancestors 'none'"

const app = Fastify()
const style = await readFile(new URL('../style.css', import.meta.url))
const reports = new Map() // user → subjects: your database

app.addHook('onRequest', async (_request, reply) => { reply.header('content-security-policy', POLICY) })
await app.register(formbody)
await app.register(view, {
  engine: { eta: new Eta() }, root: fileURLToPath(new URL('views', import.meta.url)), layout: 'layout.eta'
})
await app.register(sessionSecurity, {
  session: { secret: SESSION_SECRET, cookie: { secure: 'auto' } },
  userOf: session => session.user,
  expireAfter: Number(EXPIRE_AFTER), // a minute, so that you see the end soon: the default is ten
  allowShortWarning: Number(EXPIRE_AFTER) < 40 // for tests
})
await app.register(sessionClient, { loginUrl: '/sign-in', signOutUrl: '/sign-out' })
await app.register(csrf, { sessionPlugin: '@fastify/session' }) // needs the session, so it comes after

// Each page has the client's tags, and a token for its forms. A sign-in makes the tokens of before worthless.
function render (request, reply, name, data) {
  const csrfToken = reply.generateCsrf()
  const tags = app.sessionClient.tags(request, { csrfToken, forms: data.isPublic ? 'off' : undefined })
  const { routeOptions: { url: path }, session: { user } } = request
  const common = { path, user, notice: app.sessionClient.notice('en'), csrfToken, tags }
  reply.header('cache-control', 'no-store') // the page is for one person only
  return reply.view(name, { isPublic: false, ...common, ...data })
}

const onlySignedIn = requireSession({ loginUrl: '/sign-in' })
const page = { preHandler: onlySignedIn }
const form = { preHandler: [onlySignedIn, app.csrfProtection] }

app.get('/style.css', { config: { sessionSecurity: { passive: true } } }, (_request, reply) => {
  return reply.type('text/css').send(style)
})

app.get('/sign-in', (request, reply) => {
  const { next, reason } = request.query
  return render(request, reply, 'sign-in', { isPublic: true, next, problem: REASONS.get(reason), title: 'Sign in' })
})

app.post('/sign-in', { preHandler: app.csrfProtection }, (request, reply) => {
  const { name, password, next } = request.body ?? {}
  if (password === undefined || PEOPLE.get(name) !== password) {
    const problem = 'That name and password do not belong together.'
    return render(request, reply.code(401), 'sign-in', { isPublic: true, next, name, problem, title: 'Sign in' })
  }
  request.session.user = name // the answer brings a new session id
  return reply.redirect(sameOriginPath(next) ?? '/', 303) // never to another site
})

app.post('/sign-out', form, async (request, reply) => {
  await request.session.destroy()
  return reply.redirect('/sign-in?reason=logout', 303)
})

app.get('/', page, (request, reply) => {
  return render(request, reply, 'reports', { title: 'Your reports', reports: reports.get(request.session.user) ?? [] })
})

app.get('/report', page, (request, reply) => render(request, reply, 'report', { title: 'New report' }))

app.post('/report', form, (request, reply) => {
  const { user } = request.session
  reports.set(user, [...reports.get(user) ?? [], String(request.body?.subject)])
  return reply.redirect('/', 303)
})

app.setErrorHandler((error, request, reply) => {
  const { statusCode = 500, message } = error
  if (statusCode >= 500) request.log.error(error)
  const problem = statusCode < 500 ? message : 'Please try again later.'
  return render(request, reply.code(statusCode), 'problem', { isPublic: true, title: 'This did not work', problem })
})

console.log(`Open ${await app.listen({ host: '127.0.0.1', port: Number(PORT) })} and sign in as ada, "correct horse".`)
