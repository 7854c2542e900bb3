import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { buildApp } from '../helpers/app.ts'
import type { Verb } from '../helpers/steered-store.ts'
import { steeredKit } from '../helpers/steered-store.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

/** A time longer than the idle timeout, in seconds. */
const STANDSTILL = 11

for (const kit of [memoryKit, redisKit()]) {
  describe(`a node that stands still between the store's answer and its own, on ${kit.name}`, () => {
    for (const path of ['/sign-in', '/renew']) {
      it(`sets no cookie of a session that ended meanwhile, after ${path} (G14: fresh knowledge decides)`, async () => {
        const steered = steeredKit(kit)
        const { app, browser, clock } = await buildApp({
          kit: steered,
          routes: app => {
            app.post('/renew', async request => {
              await request.session.regenerate(['user'])
              return 'ok'
            })
          }
        })
        if (path === '/renew') await browser.post('/sign-in')
        const before = { ...browser.cookies }
        steered.store.after = standStillAfter('begin')
        const { statusCode, headers } = await browser.post(path)
        assert.deepEqual([statusCode, headers['set-cookie']], [200, undefined])
        assert.deepEqual(browser.cookies, before)
        await app.close()

        function standStillAfter (wanted: Verb) {
          return (verb: Verb): undefined => {
            if (verb === wanted) clock.advance(STANDSTILL)
          }
        }
      })
    }
  })
}
