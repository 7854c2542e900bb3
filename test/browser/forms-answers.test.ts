import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Browser, Locator, Page } from 'playwright-core'
import { en } from '../../src/client/locales/en.ts'
import { requireSession } from '../../src/index.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import { send } from './session-site.ts'
import { until, withSite } from './site-tabs.ts'

const TEXT = 'Half an hour of work'

/** The answers to the form, by the field that chooses one. */
const ANSWERS: Readonly<Record<string, (request: FastifyRequest, reply: FastifyReply) => unknown>> = {
  fails: (_request, reply) => reply.code(503).type('text/html').send('<p>Out of order. <a href="">Try again</a></p>'),
  redirects: (_request, reply) => reply.redirect('/notes', 303),
  renders: sendForm
}

function sendForm (request: FastifyRequest, reply: FastifyReply): unknown {
  const buttons = Object.keys(ANSWERS).map(name => `<button name="answer" value="${name}">${name}</button>`)
  const form = `<form method="post"><label>Notes <textarea name="notes"></textarea></label>${buttons.join('')}</form>`
  return send(request, reply, 'Notes', form)
}

function addNotes (app: FastifyInstance): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))))
  })
  const preHandler = requireSession({ loginUrl: '/login' })
  app.get('/notes', { preHandler }, sendForm)
  app.post('/notes', { preHandler }, (request, reply) => ANSWERS[Object(request.body).answer]?.(request, reply))
}

describe('a form and the address of its answer, which is that of the form', { concurrency: 2 }, () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => await browser?.close())

  const offerOf = (page: Page): Locator => page.getByRole('region', { name: en.kept })
  const onNotes = async (test: (page: Page) => Promise<void>, expected?: RegExp): Promise<void> => {
    const options = { extend: addNotes, security: { warnAfter: 1800, expireAfter: 3600 } }
    await withSite(browser, async page => {
      await page.goto('/notes')
      await page.evaluate('import(document.querySelector("script[data-ping-url]").src).then(client => client.guard)')
      await page.getByLabel('Notes').pressSequentially(TEXT)
      await test(page)
    }, options, expected)
  }

  for (const [what, again] of [
    ['typed', async page => { await page.goto('/notes') }],
    ['followed by a link', async page => { await page.getByText('Try again').click() }]
  ] as ReadonlyArray<[string, (page: Page) => Promise<void>]>) {
    it(`offers the text when a server failed without a page of the client, and the address is ${what}`, () => onNotes(
      async page => {
        await page.getByRole('button', { name: 'fails' }).click()
        await page.getByText('Out of order').waitFor()
        await again(page)
        await offerOf(page).getByRole('button', { name: en.restore }).click()
        await until(async () => await page.getByLabel('Notes').inputValue() === TEXT)
      }, /503/
    ))
  }

  for (const answer of ['redirects', 'renders']) {
    it(`offers nothing when the server saved it and ${answer}`, () => onNotes(async page => {
      const answered = page.waitForEvent('load')
      await page.getByRole('button', { name: answer }).click()
      await answered
      await until(async () => await page.evaluate('!Object.keys(sessionStorage).some(key => key.includes(":draft:"))'))
      assert.equal(await offerOf(page).count(), 0)
    }))
  }
})
