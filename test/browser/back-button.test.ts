import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { ARGS, chromiumPath } from '../helpers/chromium.ts'
import { SessionSite } from './session-site.ts'

// Whoever drives a browser from outside keeps it from holding pages in its memory: these pages drive themselves.

/** Goes away once the monitor knows its session, and tells what it looks like when it is brought back. */
const DRIVE = `
  const { monitor } = await import(document.querySelector('script[data-ping-url]').src)
  const isHidden = () => document.documentElement.hasAttribute('data-session-concealed')
  addEventListener('pageshow', async event => {
    if (!event.persisted) return
    fetch('/tell?back=' + (isHidden() ? 'hidden' : 'seen'))
    while (isHidden()) await new Promise(resolve => setTimeout(resolve, 10))
    await fetch('/tell?back=' + monitor.getSnapshot().state)
    setTimeout(() => { location.href = '/leave' }, 300)
  })
  while (monitor.tag === null || monitor.expiresInMs() === Infinity) await new Promise(resolve => setTimeout(resolve, 10))
  location.href = '/away'
`

const BACK = 'addEventListener("load", () => setTimeout(() => history.back(), 300))'

describe('a page that the Back button brings out of the browser\'s memory', () => {
  it('is hidden until the server has said that its session is alive, and is left when it is over', { timeout: 60_000 }, async () => {
    const told: string[] = []
    const left: string[] = []
    const site = new SessionSite({ security: { warnAfter: 60, expireAfter: 120 }, extend: app => addPages(app, told, left) })
    // What the page looks like is told first: the ping, which is under way at the same time, waits for it.
    site.answer = async () => {
      while (told.filter(word => word === 'hidden').length < left.length) await new Promise(resolve => setTimeout(resolve, 10))
    }
    await site.start()
    const profile = await mkdtemp(join(tmpdir(), 'back-button-'))
    // Only with a port for debuggers does it stay when its first page is loaded.
    const browser = spawn(await chromiumPath(), [...ARGS, '--headless', '--remote-debugging-port=0', `--user-data-dir=${profile}`, `${site.origin}/enter`], { stdio: 'ignore' })
    const gone = new Promise(resolve => browser.once('exit', resolve))
    try {
      const end = Date.now() + 40_000
      while (!told.includes('sign-in') && Date.now() < end) await new Promise(resolve => setTimeout(resolve, 50))
      assert.deepEqual(told, ['hidden', 'active', 'hidden', 'sign-in'])
    } finally {
      browser.kill()
      await gone
      await site.stop()
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    }
  })
})

function addPages (app: FastifyInstance, told: string[], left: string[]): void {
  const passive = { config: { sessionSecurity: { passive: true } } }
  app.get('/enter', async (request, reply) => {
    request.session.user = 'ada'
    return await reply.redirect('/drive')
  })
  app.get('/drive', async (request, reply) => {
    if (request.session.user === undefined) told.push('sign-in')
    return reply.type('text/html').send(`<!doctype html><title>Drive</title>${app.sessionClient.tags(request)}<script type="module" src="/drive.js"></script>`)
  })
  app.get('/away', async (request, reply) => {
    left.push(request.url)
    return reply.type('text/html').send('<!doctype html><title>Away</title><script src="/back.js"></script>')
  })
  app.get('/leave', async (request, reply) => {
    left.push(request.url)
    await request.session.destroy()
    return reply.type('text/html').send('<!doctype html><title>Signed out</title><script src="/back.js"></script>')
  })
  app.get('/tell', passive, async request => { told.push(String(Object(request.query).back)) })
  app.get('/drive.js', passive, async (_request, reply) => reply.type('text/javascript').send(DRIVE))
  app.get('/back.js', passive, async (_request, reply) => reply.type('text/javascript').send(BACK))
}
