import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { requireSession } from '../../src/index.ts'

const PASSIVE = { config: { sessionSecurity: { passive: true } } }

const BODIES = {
  '/danger': '<button type="button" id="delete">Delete everything</button>',
  '/form': `
    <form id="record" method="post" action="/save">
      <p><label for="notes">Notes</label> <textarea id="notes" name="notes"></textarea></p>
      <p><button>Save</button></p>
    </form>
    <form method="post" action="/sign-out" data-session-sign-out><button>Log out</button></form>`
}

/** Notes events in the tab, since the page may be gone when a script asks. */
const SCRIPT = `
  const { documentElement: html } = document
  const isHidden = () => html.hasAttribute('data-session-concealed')
  const note = (key, value) => { sessionStorage[key] = (sessionStorage[key] ?? '') + value }
  document.querySelector('#delete')?.addEventListener('click', () => note('deleted', 'yes'))
  for (const name of ['keydown', 'keyup']) {
    addEventListener(name, ({ key }) => note(isHidden() ? 'keysWhileHidden' : 'keys', key + ' '))
  }
  addEventListener('pageshow', ({ persisted }) => {
    note('shows', persisted ? 'fromMemory ' : 'loaded ')
    if (!persisted) return
    const beganMs = performance.now()
    const observer = new MutationObserver(look)
    observer.observe(html, { attributes: true })
    look()
    function look () {
      if (isHidden()) return
      note('blankMs', Math.round(performance.now() - beganMs) + ' ')
      observer.disconnect()
    }
  })
`

const STYLES = '#delete { position: fixed; inset: 0; inline-size: 100%; block-size: 100% }'

/** Adds the pages of the scripts: with a harmful button, with a form, and others. */
export function addPages (app: FastifyInstance): void {
  for (const [path, body] of Object.entries(BODIES)) {
    const guard = { preHandler: requireSession({ loginUrl: '/login' }) }
    app.get(path, guard, async (request, reply) => send(app, request, reply, body))
  }
  // requireSession() sends `no-store`, and Firefox keeps no such page in memory.
  app.get('/kept', async (request, reply) => {
    if (request.session.user === undefined) return await reply.redirect('/login')
    return send(app, request, reply, '<p>Result: negative.</p>')
  })
  app.get('/enter', async (request, reply) => {
    const { user = 'ada', to = '/form' } = Object(request.query)
    request.session.user = String(user)
    return await reply.redirect(String(to))
  })
  app.get('/leave', async (request, reply) => {
    await request.session.destroy()
    return html(reply, '<h1>Left</h1>')
  })
  app.get('/away', PASSIVE, async (_request, reply) => html(reply, '<h1>Away</h1>'))
  addFormParser(app)
  app.post('/save', async (request, reply) => html(reply, `<p id="saved">${String(Object(request.body).notes)}</p>`))
  app.get('/pages.js', PASSIVE, async (_request, reply) => reply.type('text/javascript').send(SCRIPT))
  app.get('/pages.css', PASSIVE, async (_request, reply) => reply.type('text/css').send(STYLES))
}

function addFormParser (app: FastifyInstance): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, text, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(text))))
  })
}

function send (app: FastifyInstance, request: FastifyRequest, reply: FastifyReply, body: string): FastifyReply {
  const extendBy = Object(request.query).by === 'button' ? 'button' : 'activity'
  const tags = app.sessionClient.tags(request, { extendBy })
  const files = '<link rel="stylesheet" href="/pages.css"><script type="module" src="/pages.js"></script>'
  return html(reply, `<main><h1>Record</h1>${body}</main>`, tags + files)
}

function html (reply: FastifyReply, body: string, head = ''): FastifyReply {
  const start = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Record</title>'
  return reply.type('text/html').send(`${start}${head}</head><body>${body}</body></html>`)
}
