import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { rest, until } from './hand.ts'
import { inEveryBrowser } from './in-every-browser.ts'

const WARNED = 'document.querySelector("#session_security_warning")?.hidden === false'

const BODY = `<p id="session_security_warning" hidden data-ping-url="/session_security/ping/"
  data-warn-after="2" data-expire-after="5">Soon.</p><script type="module" src="/django-script.js"></script>`

/** Adds a page with the original's script as it is. */
function extend (app: FastifyInstance): void {
  app.get('/timer', async (request, reply) => {
    if (request.session.user === undefined) {
      return await reply.redirect(`/login?reason=${await request.sessionSecurity.endReason()}`)
    }
    return reply.type('text/html').send(`<!doctype html><html lang="en"><title>Timer</title>${BODY}</html>`)
  })
  app.get('/django-script.js', { config: { sessionSecurity: { passive: true } } }, async (_request, reply) => {
    return reply.type('text/javascript').send(await readFile(new URL('../browser/django-script.js', import.meta.url)))
  })
}

inEveryBrowser('the script of django-session-security, against its own ping format,', [{
  name: 'warns, puts the end off for a hand that moves, and leaves without one',
  security: { warnAfter: 2, expireAfter: 5, pingFormat: 'seconds' },
  extend,
  async run ({ tab, site }) {
    await tab.goTo(`${site.origin}/enter?to=/timer`)
    await until(tab, WARNED)
    await tab.move(200, 100)
    await tab.move(250, 120)
    await until(tab, `!(${WARNED})`)
    await rest(100)
    assert.equal(await tab.read('location.pathname'), '/timer')
    await until(tab, WARNED)
    await until(tab, 'location.search === "?reason=idle"')
  }
}])
