import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import Fastify from 'fastify'
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { handleOf } from '../../src/store/handle.ts'
import type { AdminApp, AdminAppOptions } from '../admin/admin-app.ts'
import { ADMIN, buildAdminApp } from '../admin/admin-app.ts'
import { complaintsOf } from '../helpers/axe.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import { inQuietContext } from '../helpers/quiet-context.ts'

const SCRIPT = '<script>window.hit = 1</script>'
const IMAGE = '"><img src=x onerror="window.hit = 1">'

interface Visit {
  /** The page of the operator. */
  readonly page: Page
  readonly context: BrowserContext
  readonly site: AdminApp
  readonly address: string
}

describe('the admin page in a browser', { concurrency: 3 }, () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => await browser?.close())

  /** Signs an operator in, in a browser whose console must stay empty. */
  async function visit (
    test: (visit: Visit) => Promise<void>, options: BrowserContextOptions = {}, expected: RegExp = /^$/,
    app: AdminAppOptions = {}
  ): Promise<void> {
    const site = await buildAdminApp(app)
    const address = await site.app.listen({ host: '127.0.0.1', port: 0 })
    try {
      await inQuietContext(browser, { baseURL: address, ...options }, async context => {
        await context.addCookies(Object.entries(site.operator.cookies)
          .map(([name, value]) => ({ name, value, url: address, httpOnly: true })))
        await test({ page: await context.newPage(), context, site, address })
      }, expected)
    } finally {
      await site.app.close()
    }
  }

  for (const javaScriptEnabled of [true, false]) {
    describe(javaScriptEnabled ? 'with its script' : 'without script', () => {
      it('ends a session, which then stands under the ended ones with its reason', () => visit(async ({
        page, site
      }) => {
        const handle = await site.signIn('ada', { address: '10.0.0.7', userAgent: 'Mozilla/5.0 (Ward 3)' })
        await page.goto(ADMIN)
        await rowOf(page, 'ada').getByRole('button', { name: /^End/ }).click()
        await page.getByRole('status').getByText('The session has been ended.').waitFor()
        assert.equal(await rowOf(page, 'ada').count(), 0)
        assert.equal((await site.store.find(handle)).state, 'ended')
        await page.getByRole('link', { name: 'Ended', exact: true }).click()
        assert.match(
          await rowOf(page, 'ada').innerText(), /Ended\s+revoked[\s\S]*Mozilla\/5\.0 \(Ward 3\)\s+10\.0\.0\.7/
        )
        await rowOf(page, 'ada').getByRole('link', { name: /^Session/ }).click()
        await page.getByText(handle, { exact: true }).waitFor()
      }, { javaScriptEnabled }))

      it('unfolds the search on a phone with the keyboard, and finds a user', () => visit(async ({ page, site }) => {
        for (const user of ['ada', 'eve']) await site.signIn(user)
        await page.goto(ADMIN)
        assert.equal(await page.getByLabel('User id').isVisible(), false)
        await page.getByText('Find a user, or change the order').focus()
        await page.keyboard.press('Enter')
        await page.keyboard.press('Tab')
        await page.keyboard.type('ada')
        await page.keyboard.press('Enter')
        await page.waitForURL(/\?user=ada/)
        assert.equal(await page.getByRole('rowheader').count(), 1)
      }, { javaScriptEnabled, viewport: { width: 320, height: 568 } }))

      it('finds a user, and ends all their sessions when that is confirmed', () => visit(async ({ page, site }) => {
        for (const user of ['ada', 'ada', 'eve']) await site.signIn(user)
        await page.goto(ADMIN)
        await page.getByLabel('User').fill('ada')
        await page.getByRole('button', { name: 'Show' }).click()
        await page.getByRole('link', { name: 'End all sessions…' }).click()
        await page.getByText('ada has 2 live sessions. End all of them?').waitFor()
        assert.equal(await site.app.sessionSecurity.count(), 4, 'nothing has happened yet')
        await page.getByRole('button', { name: 'End all sessions' }).click()
        await page.getByRole('status').getByText('2 sessions have been ended.').waitFor()
        assert.equal(await site.app.sessionSecurity.count(), 2)
      }, { javaScriptEnabled }))

      it('ends the sessions that were chosen with the keyboard, when that is confirmed', () => visit(async ({
        page, site
      }) => {
        for (const user of ['ada', 'Adam', 'eve']) await site.signIn(user)
        await page.goto(ADMIN)
        await page.getByLabel('User').fill('AD')
        await page.getByLabel('Only the beginning of the id').check()
        await page.getByRole('button', { name: 'Show' }).click()
        await page.getByText('Only users whose id begins with AD:').waitFor()
        assert.equal(await page.getByRole('rowheader').count(), 2)
        const all = page.getByLabel('All on this page')
        assert.equal(await all.isVisible(), javaScriptEnabled)
        const boxes = await page.getByRole('checkbox', { name: /^Choose session/ }).all()
        for (const box of javaScriptEnabled ? [all] : boxes) {
          await box.focus()
          await page.keyboard.press('Space')
        }
        for (const box of boxes) assert.ok(await box.isChecked())
        await page.getByRole('button', { name: 'End the chosen sessions…' }).press('Enter')
        await page.getByText('End 2 sessions?').waitFor()
        assert.equal(await site.app.sessionSecurity.count(), 4, 'nothing has happened yet')
        await page.getByRole('link', { name: 'Cancel' }).focus()
        await page.keyboard.press('Shift+Tab')
        assert.ok(await isFocused(page.getByRole('button', { name: 'End 2 sessions' })))
        await page.keyboard.press('Enter')
        await page.getByRole('status').getByText('2 sessions have been ended.').waitFor()
        assert.match(page.url(), /\?user=AD&match=prefix&done=/)
        assert.equal(await site.app.sessionSecurity.count(), 2)
        await page.goto(ADMIN)
        await page.getByRole('button', { name: 'End the chosen sessions…' }).click()
        await page.getByRole('status').getByText('No session was chosen.').waitFor()
      }, { javaScriptEnabled }))

      it('runs the sweep, and revokes a token when that is confirmed', () => visit(async ({ page, site }) => {
        await site.signIn('ada')
        await site.store.tokens.track({ id: 'a token of ada', user: 'ada', expiresAtMs: Date.UTC(2099, 0) })
        site.clock.advance(590)
        await page.goto(ADMIN)
        site.clock.advance(20)
        await page.getByRole('button', { name: 'Run the sweep' }).click()
        await page.getByRole('status').getByText('The sweep found 1 ended session.').waitFor()
        await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Tokens' }).click()
        await page.getByRole('link', { name: /^Revoke…/ }).click()
        await page.getByRole('button', { name: 'Revoke the token' }).click()
        await page.getByRole('status').getByText('The token has been revoked.').waitFor()
        assert.equal((await site.store.tokens.find('a token of ada'))?.revokedBy, 'root')
      }, { javaScriptEnabled }))
    })
  }

  it('keeps everything within its card on a narrow phone', () => visit(async ({ page, site }) => {
    await site.signIn('x'.repeat(60), { address: '203.0.113.199', userAgent: 'Mozilla/5.0 (X11) AppleWebKit/537.36' })
    const handle = await site.signIn('gone')
    await site.store.end(handle, 'revoked', 'somebody with a long name@hospital.example')
    const [chosen] = (await site.app.sessionSecurity.list({ user: 'x'.repeat(60) })).sessions
    for (const path of [
      '', '?state=all', '?state=ended', `/sessions/${handle}`, `/end-sessions?handle=${chosen?.handle}`
    ]) {
      await page.goto(ADMIN + path)
      const cards = await page.locator('.card').all()
      for (const card of cards) assert.ok(await card.evaluate(box => box.scrollWidth <= box.clientWidth), path)
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), path)
    }
  }, { viewport: { width: 320, height: 700 } }))

  for (const viewport of [{ width: 320, height: 568 }, { width: 390, height: 844 }]) {
    it(`shows the whole first session on a phone of ${viewport.width} × ${viewport.height}`, () => visit(async ({
      page, site
    }) => {
      const userAgent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 ' +
        '(KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36'
      await site.signIn('nurse.lund@clinic.example', { address: '203.0.113.199', userAgent })
      await page.goto(ADMIN)
      const end = await page.getByRole('button', { name: /^End session/ }).first().boundingBox()
      assert.ok(end !== null && end.y + end.height <= viewport.height, JSON.stringify(end))
    }, { viewport }))
  }

  it('cuts nothing off on a phone whose letters are twice as large', () => visit(async ({ page, site }) => {
    await site.signIn(
      'nurse.lund@clinic.example', { address: '2001:db8:85a3::8a2e:370:7334', userAgent: 'Mozilla/5.0 (Ward 3)' }
    )
    const over = await site.signIn('gone')
    await site.store.end(over, 'revoked', 'it.desk@clinic.example')
    const [chosen] = (await site.app.sessionSecurity.list({ user: 'nurse.lund@clinic.example' })).sessions
    for (const path of [
      '', '?state=all', '?user=root', '?user=nurse&match=prefix', `/sessions/${over}`,
      `/end-sessions?handle=${chosen?.handle}`, '/end-user?user=root', '/tokens'
    ]) {
      await page.goto(ADMIN + path)
      await page.locator('html').evaluate(html => html.style.setProperty('font-size', '200%'))
      for (const summary of await page.locator('summary').all()) await summary.click()
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), path)
      for (const box of await page.locator('.card, tbody tr, .bar').all()) {
        assert.ok(await box.evaluate(box => box.scrollWidth <= box.clientWidth), path)
      }
      const skip = await page.locator('.skip').boundingBox()
      assert.ok(skip !== null && skip.x + skip.width <= 0, 'the way to the content lies over the page')
      const oneLetter = await page.locator('td > div, dd').evaluateAll(cells =>
        cells.filter(cell => cell.textContent.length > 5 && cell.clientWidth < 100).length
      )
      assert.equal(oneLetter, 0, path)
    }
  }, { viewport: { width: 320, height: 568 } }))

  it('shows as text what people are called, and where they say they come from', () => visit(async ({ page, site }) => {
    const handle = await site.signIn(SCRIPT, { address: IMAGE, userAgent: `${SCRIPT}${IMAGE}` })
    await site.signIn(IMAGE)
    await site.signIn('javascript:window.hit=1')
    await site.store.tokens.track({ id: SCRIPT, user: IMAGE, note: SCRIPT, expiresAtMs: Date.UTC(2099, 0) })
    await page.goto(ADMIN)
    await page.getByRole('link', { name: SCRIPT, exact: true }).waitFor()
    await page.getByTitle(`${SCRIPT}${IMAGE}`, { exact: true }).waitFor()
    await page.getByRole('link', { name: IMAGE, exact: true }).click()
    assert.equal(await page.getByLabel('User').inputValue(), IMAGE)
    await page.goto(`${ADMIN}/sessions/${handle}`)
    await page.getByText(`${SCRIPT}${IMAGE}`, { exact: true }).waitFor()
    for (const path of [
      `/end-user?${new URLSearchParams({ user: SCRIPT })}`, '/tokens',
      `/tokens/revoke?${new URLSearchParams({ id: SCRIPT })}`
    ]) {
      await page.goto(ADMIN + path)
      await page.getByText(SCRIPT).first().waitFor()
      assert.equal(await page.evaluate('window.hit'), undefined, path)
    }
  }))

  it('keeps a name that would turn round what follows from doing so', () => visit(async ({ page, site }) => {
    await site.signIn('s.\u202elive')
    await page.goto(ADMIN)
    assert.match(
      await page.getByRole('rowheader').filter({ hasText: 'U+202E' }).innerText(), /^(?:User\s+)?s\.U\+202Elive/
    )
  }))

  for (const [what, hostOfPage] of [
    ['another site', 'localhost'], ['another port of the same host', '127.0.0.1']
  ] as const) {
    it(`ends nothing for a form on a page of ${what}`, () => visit(async ({ page, site, address }) => {
      const handle = await site.signIn('ada')
      const elsewhere = Fastify()
      const forms = [
        [`/sessions/${handle}/end`, ''], ['/end-user', '<input name="user" value="ada">'], ['/sweep', '']
      ] as const
      elsewhere.get('/', async (_request, reply) => reply.type('text/html').send(
        forms.map(([path, fields], i) =>
          `<form method="post" action="${address}${ADMIN}${path}">${fields}<button>Win a prize (${i})</button></form>`
        ).join('')))
      elsewhere.get('/favicon.ico', async (_request, reply) => reply.code(204).send())
      const { port } = new URL(await elsewhere.listen({ host: hostOfPage, port: 0 }))
      try {
        for (const i of forms.keys()) {
          await page.goto(`http://${hostOfPage}:${port}/`)
          const [answer] = await Promise.all([
            page.waitForResponse(response => response.request().method() === 'POST'),
            page.getByRole('button', { name: `(${i})` }).click()
          ])
          assert.equal(answer.status(), 403)
          const body = await answer.text()
          assert.match(body, /FST_SESSION_SECURITY_(?:CROSS_ORIGIN|NOT_AUTHORIZED)/)
          // The cookie comes along from another port. The check of the origin keeps the session.
          if (hostOfPage === '127.0.0.1') assert.match(body, /CROSS_ORIGIN/)
        }
        assert.equal((await site.store.find(handle)).state, 'live')
      } finally {
        await elsewhere.close()
      }
    }, {}, /403 \(Forbidden\)/))
  }

  it('moves the times on while somebody looks, without being activity', () => visit(async ({ page, site }) => {
    await page.clock.install()
    await site.signIn('ada')
    await page.goto(ADMIN)
    const row = rowOf(page, 'ada')
    await row.getByText('0 s', { exact: true }).waitFor()
    site.clock.advance(30)
    await page.clock.fastForward(5000)
    await row.getByText('30 s', { exact: true }).waitFor()
    await row.getByText('9 min 30 s').waitFor()
    const [operator] = (await site.app.sessionSecurity.list({ user: 'root' })).sessions
    assert.equal(operator?.idleFor, 30)
  }))

  it('shows that a session has ended meanwhile, and offers no more to end it', () => visit(async ({ page, site }) => {
    await page.clock.install()
    const handle = await site.signIn('ada')
    await page.goto(ADMIN)
    await site.app.sessionSecurity.end(handle)
    await page.clock.fastForward(5000)
    const row = rowOf(page, 'ada')
    await row.getByText('Ended', { exact: true }).waitFor()
    await row.getByText('revoked').waitFor()
    assert.equal(await row.getByRole('button').count(), 0)
    assert.equal(await row.getByRole('checkbox').count(), 0)
  }))

  it('hides what it shows when the operator may no longer see it, and leads back to the application', () => {
    let isAllowed = true
    return visit(async ({ page, site }) => {
      await page.clock.install()
      await site.signIn('ada')
      await Promise.all([page.waitForResponse(/\/live\?/), page.goto(ADMIN)])
      isAllowed = false
      await page.clock.fastForward(5000)
      const notice = page.getByRole('alert').filter({ hasText: 'You are signed out, or may no longer see this page.' })
      await notice.waitFor()
      assert.doesNotMatch(await page.locator('body').innerText(), /ada/)
      await notice.getByRole('link', { name: 'To the application' }).click()
      await page.waitForURL('/')
    }, {}, /403 \(Forbidden\)/, { admin: { authorize: () => isAllowed } })
  })

  it('leaves the page when the operator\'s own session is over', () => visit(async ({ page, site }) => {
    await page.clock.install()
    await site.signIn('ada')
    await page.goto(ADMIN)
    await site.app.sessionSecurity.end(handleOf(sessionIdOf(site)))
    await page.clock.runFor(5000)
    await page.getByText(/You are signed out|NOT_AUTHORIZED/).waitFor()
    assert.doesNotMatch(await page.locator('body').innerText(), /ada/)
  }, {}, /403 \(Forbidden\)/))

  it('asks nothing while nobody sees it', () => visit(async ({ page, site }) => {
    await page.clock.install()
    await site.signIn('ada')
    await Promise.all([page.waitForResponse(/\/live\?/), page.goto(ADMIN)]) // a page asks when it is shown
    const asked: string[] = []
    page.on('request', request => { if (/\/live\?/.test(request.url())) asked.push(request.url()) })
    await page.evaluate(
      'Object.defineProperty(document, "hidden", { value: true, configurable: true }); ' +
      'dispatchEvent(new Event("visibilitychange"))'
    )
    await page.clock.fastForward(60_000)
    assert.deepEqual(asked, [])
    await page.evaluate('delete document.hidden; dispatchEvent(new Event("visibilitychange"))')
    await page.waitForResponse(/\/live\?/)
  }))

  it('can be used with the keyboard alone', () => visit(async ({ page, site }) => {
    await site.signIn('ada')
    await page.goto(`${ADMIN}?user=ada`)
    await page.keyboard.press('Tab')
    assert.ok(await isFocused(page.getByRole('link', { name: 'Skip to the content' })))
    await page.keyboard.press('Enter')
    assert.ok(await isFocused(page.getByRole('main')))
    const end = rowOf(page, 'ada').getByRole('button')
    for (let presses = 0; presses < 30 && !await isFocused(end); presses++) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('status').getByText('The session has been ended.').waitFor()
  }))

  for (const [colorScheme, width] of [['light', 1280], ['light', 1000], ['dark', 390]] as const) {
    it(`has nothing that axe objects to, ${colorScheme} and ${width} px wide, and is no wider`, () => visit(async ({
      page, site
    }) => {
      const handle = await site.signIn(
        'ada',
        {
          address: '2001:db8:85a3::8a2e:370:7334',
          userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 ' +
            '(KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36'
        }
      )
      await site.signIn('x'.repeat(256), { address: 'y'.repeat(200), userAgent: 'z'.repeat(200) })
      const over = await site.signIn('eve')
      await site.store.end(over, 'revoked')
      await site.store.tokens.track({
        id: 'i'.repeat(256), user: 'u'.repeat(256), note: 'n'.repeat(256), expiresAtMs: Date.UTC(2099, 0)
      })
      await site.store.tokens.track({ id: 'revoked', user: 'ada', expiresAtMs: Date.UTC(2099, 0) })
      await site.store.tokens.revoke('revoked', 'root')
      const paths = ['', '?state=ended', '?state=all&order=any', '?user=ada', '?user=nobody', `/sessions/${handle}`,
        `/sessions/${over}`, '/sessions/unknown', '/end-user?user=root', '?user=ad&match=prefix',
        `/end-sessions?handle=${handle}`,
        '/tokens', '/tokens?user=ada', '/tokens/revoke?id=1', '/tokens/revoke-user?user=ada']
      for (const path of paths) {
        await page.goto(ADMIN + path)
        assert.deepEqual(await complaintsOf(page, ['target-size']), [], path)
        assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${path} is too wide`)
      }
      await page.goto(ADMIN)
      if (width < 640) for (const summary of await page.locator('summary').all()) await summary.click()
      assert.deepEqual(await complaintsOf(page, ['target-size']), [], 'unfolded')
      await page.getByRole('button', { name: 'Run the sweep' }).click()
      await page.getByRole('status').waitFor()
      assert.deepEqual(await complaintsOf(page, ['target-size']), [], 'an outcome')
    }, { colorScheme, viewport: { width, height: 800 } }, /404 \(Not Found\)/))
  }
})

function rowOf (page: Page, text: string): Locator {
  return page.getByRole('row').filter({ has: page.getByRole('rowheader').filter({ hasText: text }) })
}

function sessionIdOf ({ operator }: AdminApp): string {
  return String(Object.values(operator.cookies)[0]).split('.')[0] ?? ''
}

async function isFocused (element: Locator): Promise<boolean> {
  return await element.evaluate(element => element === element.ownerDocument.activeElement)
}
