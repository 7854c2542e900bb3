import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { Browser, Page } from 'playwright-core'
import { requireSession } from '../../src/index.ts'
import { en } from '../../src/client/locales/en.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import { send } from './session-site.ts'
import { isSeen, pause, until, warningOf, withSite } from './site-tabs.ts'

const WARN = 4
const EXPIRE = 6

/** The policy that TinyMCE needs. It writes styles into its frame and its elements, and loads pictures by address. */
const EDITOR_POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data: blob:; font-src 'self'; " +
  "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'"

const EDITOR_START = `
const client = await import(document.querySelector('script[data-ping-url]').src)
const form = document.querySelector('#report')
await tinymce.init({
  selector: '#findings', base_url: '/tinymce', suffix: '.min', license_key: 'gpl', promotion: false, branding: false,
  menubar: false, toolbar: 'bold', setup (editor) { globalThis.editor = editor }
})
if (location.search !== '?unregistered') {
  const guard = await client.guard
  const source = guard.addEditor({
    key: 'findings', label: 'Findings', form, read: () => editor.getContent(), write: text => editor.setContent(text)
  })
  editor.on('input', () => source.changed())
}
globalThis.isReady = true
`

const FILES = new URL('./', import.meta.resolve('tinymce'))

/** Adds a page with an editor, and the editor's files, which are no activity. */
function addEditorPages (app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply) => { reply.header('content-security-policy', EDITOR_POLICY) })
  const file = { config: { sessionSecurity: { passive: true } } }
  app.get('/report', {
    preHandler: requireSession({ loginUrl: '/login' })
  }, async (request, reply) => send(request, reply, 'Report', `
    <form id="report" method="post"><textarea id="findings" name="findings"
      data-no-draft></textarea><button>Send</button></form>
    <script src="/tinymce/tinymce.min.js"></script><script type="module" src="/editor-start.js"></script>`))
  app.get('/editor-start.js', file, async (_request, reply) => reply.type('text/javascript').send(EDITOR_START))
  app.get<{ Params: { '*': string } }>('/tinymce/*', file, async ({ params }, reply) => {
    const path = params['*']
    return reply.type(path.endsWith('.css') ? 'text/css' : 'text/javascript').send(await readFile(new URL(path, FILES)))
  })
}

describe('an editor that writes a frame of its own, TinyMCE', { concurrency: 2 }, () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => { await browser?.close() })

  const onSite = (test: (page: Page) => Promise<void>): Promise<void> => withSite(browser, test, {
    security: { warnAfter: WARN, expireAfter: EXPIRE },
    client: { loginUrl: '/login' },
    extend: addEditorPages
  })

  for (const address of ['/report', '/report?unregistered']) {
    it(`counts as activity while a person types, and loses no letter, at ${address}`, () => onSite(async page => {
      const typed = await typeInto(page, address)
      assert.equal(await page.evaluate('editor.getContent({ format: "text" })'), typed)
    }))
  }

  it('has its text back after a timeout and the next sign-in, with its marks', () => onSite(async page => {
    const typed = await typeInto(page, '/report')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Bold' }).click()
    await page.keyboard.type('Urgent')
    await page.waitForURL(/\/login\?next=%2Freport&reason=idle/)
    await page.goto('/sign-in')
    await openEditor(page, '/report')
    assert.equal(await page.evaluate('editor.getContent()'), '')
    await page.getByRole('region', { name: en.draft }).getByRole('button', { name: en.restore }).click()
    await page.getByText(en.restored, { exact: true }).waitFor()
    assert.equal(await page.evaluate('editor.getContent()'), `<p>${typed}</p>\n<p><strong>Urgent</strong></p>`)
  }))
})

async function openEditor (page: Page, address: string): Promise<void> {
  await page.goto(address)
  await until(async () => await page.evaluate('globalThis.isReady') === true)
}

/** Types with real keys for longer than the idle time, and sees no warning. */
async function typeInto (page: Page, address: string): Promise<string> {
  await openEditor(page, address)
  await page.frameLocator('iframe').locator('body').click()
  let typed = ''
  for (const end = Date.now() + (EXPIRE + 1) * 1000; Date.now() < end; await pause(100)) {
    const letter = String.fromCharCode(97 + typed.length % 26)
    await page.keyboard.press(letter)
    typed += letter
    assert.deepEqual([await warningOf(page).isVisible(), await isSeen(page)], [false, true])
  }
  return typed
}
