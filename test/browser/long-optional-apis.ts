import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { Browser, Page } from 'playwright-core'
import { en } from '../../src/client/locales/en.ts'
import { requireSession } from '../../src/index.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import { send } from './session-site.ts'
import { isSeen, openTab, ready, snapshotOf, until, warningOf, withSite } from './site-tabs.ts'

/** Functions that some browsers, embeddings or settings lack. */
const OPTIONAL = [
  'window.BroadcastChannel', 'window.MutationObserver', 'window.navigation', 'window.reportError',
  'window.sessionStorage', 'window.crypto',
  'window.structuredClone', 'window.trustedTypes', 'Crypto.prototype.subtle', 'Intl.ListFormat', 'Intl.PluralRules',
  'HTMLDialogElement.prototype.showModal', 'HTMLElement.prototype.showPopover', 'HTMLElement.prototype.inert',
  'Navigator.prototype.sendBeacon', 'Navigator.prototype.userActivation', 'AbortSignal.timeout', 'AbortSignal.any',
  'Performance.prototype.getEntriesByType', 'Document.prototype.hidden', 'Document.prototype.visibilityState'
]

/** Functions without which a draft stands in clear, as in a page over http. */
const NEEDED_TO_ENCRYPT = ['window.crypto', 'Crypto.prototype.subtle']

const TEXT = 'Half an hour of work'

/** Ways in which a function is missing, as descriptors of the property. */
const WAYS = { undefined: 'value: undefined, writable: true', null: 'value: null, writable: true' }
const THROWS = 'get () { throw new DOMException("no", "SecurityError") }'

describe('in a browser that has no', { concurrency: 4 }, () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => { await browser?.close() })

  function without (name: string, descriptor: string): Promise<void> {
    return withSite(browser, async (_page, _site, context) => {
      const [owner, property] = [name.slice(0, name.lastIndexOf('.')), name.slice(name.lastIndexOf('.') + 1)]
      await context.addInitScript(`Object.defineProperty(${owner}, '${property}', { ${descriptor},
        configurable: true })`)
      const page = await openTab(context, '/form')
      const asked = answerQuestions(page)
      await ready(page, 8)
      await page.getByLabel('Notes').pressSequentially(TEXT)
      await page.getByRole('link', { name: 'Other' }).click()
      await until(async () => asked.length === 1)
      await warningOf(page).waitFor()
      await page.keyboard.press('Shift')
      await until(async () => (await snapshotOf(page)).state === 'active')
      assert.equal(await isSeen(page), true)
      await page.waitForURL('/login?next=%2Fform&reason=idle')
      assert.deepEqual(asked, ['beforeunload'])
      await isRestored(page, { isKept: name !== 'window.sessionStorage', isClear: NEEDED_TO_ENCRYPT.includes(name) })
    }, { client: { loginUrl: '/login' }, security: { warnAfter: 3, expireAfter: 8 }, extend: addForm })
  }

  for (const [what, descriptor] of Object.entries(WAYS)) {
    for (const name of OPTIONAL) {
      it(
        `${name}, which is ${what}, the page is warned, kept and left, and asks before a form is`,
        () => without(name, descriptor)
      )
    }
  }

  it(
    'window.sessionStorage, which throws, the page is warned, kept and left, and asks before a form is',
    () => without('window.sessionStorage', THROWS)
  )
})

function addForm (app: FastifyInstance): void {
  app.get('/form', {
    preHandler: requireSession({ loginUrl: '/login' })
  }, async (request, reply) => send(request, reply, 'Form', `
    <form id="visit" method="post"><label>Notes <textarea name="notes"></textarea></label></form><a
      href="/other">Other</a>`))
}

/** Stays at the page whenever it asks, and returns the kinds of question. */
function answerQuestions (page: Page): string[] {
  const asked: string[] = []
  page.on('dialog', dialog => {
    asked.push(dialog.type())
    dialog.dismiss().catch(() => { /* the page has gone already */ })
  })
  return asked
}

/** Checks whether the text is back after the next sign-in. If not, nothing may be offered. */
async function isRestored (
  page: Page, { isKept, isClear }: { readonly isKept: boolean, readonly isClear: boolean }
): Promise<void> {
  await page.goto('/sign-in')
  const stored = await page.evaluate(
    '(() => { try { return Object.values(sessionStorage ?? {}).join() } catch { return "" } })()'
  )
  assert.equal(String(stored).includes(TEXT), isClear)
  await page.goto('/form')
  await ready(page, 8)
  const [notes, button] = [page.getByLabel('Notes'), page.getByRole('button', { name: en.restore })]
  if (isKept) {
    await button.click()
    await page.getByText(en.restored, { exact: true }).waitFor()
  }
  assert.deepEqual([await notes.inputValue(), await button.count()], [isKept ? TEXT : '', 0])
}
