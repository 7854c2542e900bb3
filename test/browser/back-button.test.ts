import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { ARGS, chromiumPath } from '../helpers/chromium.ts'
import { SessionSite } from './session-site.ts'

// A driver outside of the browser keeps it from holding pages in memory. So these pages drive themselves.

/** Leaves once the monitor knows its session, and reports its look after the return. */
const DRIVE = `
  const { monitor } = await import(document.querySelector('script[data-ping-url]').src)
  // Before the texts are there, the stylesheet alone hides the page, and the boxes stay.
  const isRendered = () => document.querySelector('p').checkVisibility({ checkVisibilityCSS: true })
  const isHidden = () => {
    const isConcealed = document.documentElement.hasAttribute('data-session-concealed')
    if (isConcealed === isRendered()) fetch('/tell?back=half-hidden')
    return isConcealed
  }
  addEventListener('pageshow', async event => {
    if (!event.persisted) return
    fetch('/tell?back=' + (isHidden() ? 'hidden' : 'seen'))
    while (isHidden()) await new Promise(resolve => setTimeout(resolve, 10))
    await fetch('/tell?back=' + monitor.getSnapshot().state)
    setTimeout(() => { location.href = '/leave' }, 300)
  })
  while (monitor.tag === null || monitor.expiresInMs() === Infinity) {
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  location.href = '/away'
`

const BACK = 'addEventListener("load", () => setTimeout(() => history.back(), 300))'

/** Leaves during a question without an answer. After the return, it reports how long it stays hidden. */
const ASK_AND_GO = `
  const { monitor } = await import(document.querySelector('script[data-ping-url]').src)
  const isHidden = () => document.documentElement.hasAttribute('data-session-concealed')
  addEventListener('pageshow', async event => {
    if (!event.persisted) return
    const shownMs = performance.now()
    while (isHidden()) await new Promise(resolve => setTimeout(resolve, 5))
    await fetch('/tell?back=' + (performance.now() - shownMs))
  })
  while (monitor.tag === null || monitor.expiresInMs() === Infinity) {
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  monitor.check()
  monitor.activity()
  setTimeout(() => { location.href = '/away' }, 100)
`

describe('a page that the Back button brings out of the browser\'s memory', () => {
  it('is hidden until the server has said that its session is alive, and is left when it is over', {
    timeout: 60_000
  }, async () => {
    const told: string[] = []
    const left: string[] = []
    const site = new SessionSite({
      security: { warnAfter: 60, expireAfter: 120 }, extend: app => addPages(app, told, left, DRIVE)
    })
    // The page reports its look first. The ping, which is under way at the same time, waits for that.
    site.answer = async () => {
      while (told.filter(word =>
        word === 'hidden'
      ).length < left.length) await new Promise(resolve => setTimeout(resolve, 10))
    }
    await site.start()
    await browsing(`${site.origin}/enter`, site, () => told.includes('sign-in'))
    assert.deepEqual(told, ['hidden', 'active', 'hidden', 'sign-in'])
  })

  it('asks once, at once, and waits for nothing that was asked before', { timeout: 60_000 }, async () => {
    const told: string[] = []
    const left: string[] = []
    const asked: number[] = []
    const site = new SessionSite({
      security: { warnAfter: 60, expireAfter: 120 }, extend: app => addPages(app, told, left, ASK_AND_GO)
    })
    site.answer = async ({ method }) => {
      if (method === 'GET') asked.push(left.length)
      if (left.length === 0 && method === 'GET') await new Promise(() => {})
    }
    await site.start()
    await browsing(`${site.origin}/enter`, site, () => told.length > 0)
    assert.ok(Number(told[0]) < 5000, `${told[0]} ms`) // a machine at rest needs some twenty
    assert.deepEqual(asked, [0, 1], 'no question in between')
  })
})

/** Lets a browser drive itself from an address, until a condition holds. */
async function browsing (address: string, site: SessionSite, isDone: () => boolean): Promise<void> {
  const profile = await mkdtemp(join(tmpdir(), 'back-button-'))
  // The browser stays after its first page only with a port for debuggers.
  const browser = spawn(
    await chromiumPath(), [...ARGS, '--headless', '--remote-debugging-port=0', `--user-data-dir=${profile}`, address],
    { stdio: 'ignore' }
  )
  const gone = new Promise(resolve => browser.once('exit', resolve))
  try {
    const end = Date.now() + 40_000
    while (!isDone() && Date.now() < end) await new Promise(resolve => setTimeout(resolve, 50))
  } finally {
    browser.kill()
    await gone
    await site.stop()
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

function addPages (app: FastifyInstance, told: string[], left: string[], script: string): void {
  const passive = { config: { sessionSecurity: { passive: true } } }
  app.get('/enter', async (request, reply) => {
    request.session.user = 'ada'
    return await reply.redirect('/drive')
  })
  app.get('/drive', async (request, reply) => {
    if (request.session.user === undefined) told.push('sign-in')
    return reply.type('text/html')
      .send(`<!doctype html><title>Drive</title>${app.sessionClient.tags(request)}<p>Record</p><script type="module"
        src="/drive.js"></script>`)
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
  app.get('/drive.js', passive, async (_request, reply) => reply.type('text/javascript').send(script))
  app.get('/back.js', passive, async (_request, reply) => reply.type('text/javascript').send(BACK))
}
