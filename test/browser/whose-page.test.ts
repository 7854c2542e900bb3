import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../helpers/chromium.ts'
import { send } from './session-site.ts'
import type { SiteTest } from './site-tabs.ts'
import { isSeen, openTab, ready, snapshotOf, until, withSite } from './site-tabs.ts'

/** Times so long that no timer acts while the test runs. Then tabs learn everything from each other. */
const SECURITY = { warnAfter: 1800, expireAfter: 3600 }

const SIGN_OUTS = `
  <form id="marked" method="post" action="/bye" data-session-sign-out><button>Sign out here</button><input
    type="hidden" name="method"><input type="hidden" name="target"></form>
  <form id="unmarked" method="post" action="/sign-out"><button>Sign out there</button></form>
  <form id="silent" method="post" action="/bye"><button>Sign out in silence</button></form>
  <form id="fetched" method="post" action="/bye" data-session-sign-out><button>Sign out by script</button></form>
  <a href="/bye" data-session-sign-out><b>Sign out by link</b></a>
  <form method="post" action="/save"><button>Save</button></form>
  <input aria-label="Note">`

const SIGN_OUT_SCRIPT = `
  document.querySelector('#fetched').addEventListener('submit', event => {
    event.preventDefault()
    fetch('/bye', { method: 'POST' })
  })
  globalThis.refuse = () => addEventListener('beforeunload', event => event.preventDefault())
`

function addPages (app: FastifyInstance): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded', (_request, payload, done) => { payload.resume(); done(null, null) }
  )
  app.get(
    '/sign-outs',
    async (request, reply) => send(
      request, reply, 'Sign-outs', `${SIGN_OUTS}<script type="module" src="/sign-outs.js"></script>`
    )
  )
  app.get('/sign-outs.js', async (_request, reply) => reply.type('text/javascript').send(SIGN_OUT_SCRIPT))
  app.route({
    method: ['GET', 'POST'],
    url: '/bye',
    handler: async (request, reply) => {
      await request.session.destroy()
      return await reply.type('text/html')
        .send('<!doctype html><html lang="en"><title>Bye</title><p>Bye</p>') // a page without the client
    }
  })
  app.get('/nameless', async (_request, reply) => {
    return await reply.type('text/html')
      .send(`<!doctype html><html lang="en"><head><title>Nameless</title>${app.sessionClient.tags()}</head>
        <p>Whose?</p></html>`)
  })
  app.get(
    '/notes',
    async (request, reply) => send(
      request, reply, 'Notes', '<form method="post" action="/save"><input name="note" aria-label="Note"></form>'
    )
  )
  app.post('/save', async (request, reply) => {
    await request.session.regenerate(['user'])
    return await reply.redirect('/sign-outs')
  })
}

describe('whose page it is, in a browser', { concurrency: 3 }, () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => { await browser?.close() })

  const onSite = async (test: SiteTest): Promise<void> =>
    await withSite(
      browser, test, { security: SECURITY, client: { forms: 'off', signOutUrl: '/sign-out' }, extend: addPages }
    )

  it('needs no ping to know its session', () => onSite(async (page, site) => {
    await ready(page, 3600)
    assert.deepEqual([(await snapshotOf(page)).state, site.pings], ['active', []])
  }))

  it('ends at once for Ada when Bob has signed in in another tab', () => onSite(async (page, _site, context) => {
    await mark(page)
    const adas = (await snapshotOf(page)).user
    const other = await openTab(context, '/sign-in?user=bob')
    await leaves(page)
    await until(async () => (await snapshotOf(page)).user !== null)
    assert.deepEqual([new URL(page.url()).pathname, await userOf(page)], ['/', await userOf(other)])
    assert.notEqual(await userOf(page), adas)
  }))

  it('is hidden, not left, when another page wrongly names another user', () => onSite(async (page, site) => {
    await mark(page)
    let release = (): void => {}
    site.answer = async () => await new Promise<void>(resolve => { release = resolve })
    await page.evaluate(() => {
      const channel = new BroadcastChannel('fss /session_security/ping')
      channel.postMessage({ user: 'somebody else' })
    })
    await until(async () => !await isSeen(page))
    site.answer = null
    release()
    await until(async () => await isSeen(page))
    assert.equal(await page.evaluate('mine'), true)
  }))

  for (const [what, name] of [
    ['the page\'s own form', 'Sign out here'],
    ['a form that leads to a page with the client', 'Sign out there'],
    ['a script', 'Sign out by script']
  ] as const) {
    it(`learns of a sign-out by ${what} at once, without a reload`, () => onSite(async (page, _site, context) => {
      const other = await openTab(context, '/sign-outs')
      await other.getByRole('button', { name }).click()
      await page.waitForURL(/\/login/)
    }))
  }

  it('learns of a sign-out by a link', () => onSite(async (page, _site, context) => {
    const other = await openTab(context, '/sign-outs')
    await other.getByText('Sign out by link').click()
    await page.waitForURL(/\/login/)
  }))

  it('asks when it comes to the front', () => onSite(async (page, site, context) => {
    await ready(page, 3600)
    const other = await openTab(context, '/sign-outs')
    await other.getByRole('button', { name: 'Sign out in silence' }).click()
    await other.getByText('Bye').waitFor()
    assert.deepEqual(site.pings, [], 'nobody said a word')
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await page.waitForURL(/\/login/)
  }))

  it('drops nothing and ends nothing when the sign-out was cancelled', () => onSite(async (page, _site, context) => {
    await ready(page, 3600)
    await page.evaluate(() => {
      const messages: object[] = []
      new BroadcastChannel('fss /session_security/ping').onmessage = ({ data }) => messages.push(data)
      Object.assign(globalThis, { messages })
    })
    const other = await openTab(context, '/sign-outs')
    await ready(other, 3600)
    await other.evaluate(`
      refuse(); globalThis.heard = []
      import(document.querySelector("script[data-ping-url]").src).then(({ monitor }) => monitor.on('signOut', () =>
        heard.push('signOut')))`)
    const questions: string[] = []
    other.on('dialog', dialog => {
      questions.push(dialog.type())
      dialog[questions.length === 1 ? 'dismiss' : 'accept']().catch(() => {})
    })
    await other.getByLabel('Note').fill('not yet')
    await other.getByText('Sign out by link').click()
    await until(async () => questions.length === 1)
    await other.getByLabel('Note').fill('stay')
    assert.deepEqual(await other.evaluate('heard'), [])
    await other.goto('/other')
    await until(async () => await page.evaluate('messages.length') === 2) // of the two pages that were loaded
    assert.deepEqual(await page.evaluate('messages.map(message => message.isSignOut === true)'), [false, false])
    assert.deepEqual(questions, ['beforeunload', 'beforeunload'])
    for (const tab of [page, other]) assert.equal((await snapshotOf(tab)).state, 'active')
  }))

  it('hears no word of a sign-out when the session was renewed', () => onSite(async (page, _site, context) => {
    await ready(page, 3600)
    await mark(page)
    await page.evaluate(`
      globalThis.heard = []
      import(document.querySelector("script[data-ping-url]").src).then(({ monitor }) => {
        globalThis.monitor = monitor
        for (const event of ['signOut', 'ended']) monitor.on(event, () => heard.push(event))
      })`)
    const other = await openTab(context, '/sign-outs')
    await other.getByRole('button', { name: 'Save' }).click()
    await other.waitForURL('/sign-outs')
    await ready(other, 3600)
    assert.deepEqual(
      await page.evaluate('monitor.check().then(({ state }) => [state, monitor.tag, heard.length, mine])'),
      ['active', await tagOf(other), 0, true]
    )
  }))

  describe('in a document whose head a library replaces', () => {
    it('ends with another user\'s page', () => onSite(async page => {
      await mark(page)
      await page.evaluate(() =>
        document.querySelector('script[data-ping-url]')?.setAttribute('data-user', 'somebody else')
      )
      await leaves(page)
    }))

    it('begins when somebody signs in, and starts anew when they sign out', () => onSite(async (page, site) => {
      await page.goto('/bye')
      await page.goto('/login')
      await until(async () => (await snapshotOf(page)).state === 'ended')
      await mark(page)
      site.pings.length = 0
      await visit(page, '/sign-in')
      await until(async () => (await snapshotOf(page)).user !== null)
      await until(async () => (await snapshotOf(page)).state === 'active')
      await visit(page, '/bye')
      await visit(page, '/login')
      await until(async () => (await snapshotOf(page)).user === null)
      assert.deepEqual(
        [await isSeen(page), await page.evaluate('mine'), await page.locator('script[data-ping-url]').count()],
        [true, true, 1]
      )
    }))

    it('ends no new sign-in when its title changes', () => onSite(async (page, site, context) => {
      const retitle = async (title: string): Promise<void> => await page.evaluate(async text => {
        document.title = text
        document.head.append(document.createElement('meta'))
        await new Promise(resolve => setTimeout(resolve, 100))
      }, title)
      await page.goto('/bye')
      await page.goto('/login')
      await until(async () => (await snapshotOf(page)).state === 'ended')
      for (const user of ['ada', 'ada']) { // by a script, and once more in another tab
        await context.request.get(`/sign-in?user=${user}`)
        await page.evaluate(
          'import(document.querySelector("script[data-ping-url]").src).then(client => client.monitor.check())'
        )
        site.pings.length = 0
        await retitle('Another one')
        assert.deepEqual([(await snapshotOf(page)).state, site.pings], ['active', []])
        await context.request.get('/bye')
      }
      await context.request.get('/sign-in')
      await page.goto('/nameless')
      await ready(page, 3600)
      site.pings.length = 0
      await retitle('Another one')
      assert.deepEqual([(await snapshotOf(page)).state, site.pings], ['active', []])
    }))

    it('keeps typed text by the key of the new user', async () => await withSite(browser, async page => {
      await page.goto('/bye')
      await page.goto('/notes')
      await mark(page)
      const type = async (text: string): Promise<string> => {
        await page.getByLabel('Note').fill(text)
        await page.evaluate(async () => await new Promise(resolve => setTimeout(resolve, 300)))
        return await page.evaluate(() => JSON.stringify(sessionStorage))
      }
      await until(async () => (await snapshotOf(page)).state === 'ended')
      assert.equal(await type('of nobody'), '{}')
      await visit(page, '/sign-in')
      await visit(page, '/notes')
      await until(async () => /draft.* typed e:/.test(await type('of ada')))
      await visit(page, '/bye')
      await visit(page, '/notes')
      const before = await page.evaluate(() => JSON.stringify(sessionStorage))
      assert.deepEqual([await type('of nobody again'), await page.evaluate('mine')], [before, true])
    }, { security: SECURITY, extend: addPages }))
  })
})

/** Marks the document, so that a test can see whether it is still the same. */
async function mark (page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(globalThis, { mine: true }))
}

async function leaves (page: Page): Promise<void> {
  await until(async () => await page.evaluate('typeof mine') === 'undefined')
}

async function userOf (page: Page): Promise<unknown> {
  return await page.evaluate('document.querySelector("script[data-ping-url]").dataset.user')
}

async function tagOf (page: Page): Promise<unknown> {
  return await page.evaluate('document.querySelector("script[data-ping-url]").dataset.tag')
}

/** Fetches a page as Turbo does, and brings new head elements into this document. */
async function visit (page: Page, path: string): Promise<void> {
  await page.evaluate(async path => {
    const response = await fetch(path)
    const { head } = new DOMParser().parseFromString(await response.text(), 'text/html')
    const known = new Set(Array.from(document.head.children, element => element.outerHTML))
    for (const element of Array.from(head.children)) {
      if (!known.has(element.outerHTML)) document.head.append(document.importNode(element, true))
    }
  }, path)
}
