import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createPinger } from '../../src/client/monitor/pinger.ts'

const view = {
  state: 'active', idleFor: 1, warnAfter: 5, expireAfter: 10, warnsIn: 4, expiresIn: 9, extendable: true, endsBy: 'idle'
}

describe('the pinger', () => {
  it('sends the idle seconds, or none, and gives the answer', async () => {
    const requests: Array<[string, RequestInit]> = []
    const ping = createPinger({
      pingUrl: '/ping', fetch: async (url, init) => { requests.push([url, init]); return Response.json(view) }
    })
    assert.deepEqual(await ping(1.23456), view)
    assert.deepEqual(await ping(), view)
    assert.deepEqual(requests.map(([url]) => url), ['/ping?idleFor=1.23456', '/ping'])
    assert.deepEqual(
      requests.map(([, { cache, redirect }]) => [cache, redirect]), [['no-store', 'manual'], ['no-store', 'manual']]
    )
  })

  it('gives an end as an answer', async () => {
    const ping = createPinger({
      pingUrl: '/ping', fetch: async () => Response.json({ state: 'ended', reason: 'idle' })
    })
    assert.deepEqual(await ping(), { state: 'ended', reason: 'idle' })
  })

  const { expiresIn, ...incomplete } = view
  for (const [what, response] of Object.entries({
    'a 500': () => Response.json(view, { status: 500 }),
    'a redirect': () => new Response(null, { status: 302 }),
    'a page': () => new Response('<!doctype html>'),
    null: () => Response.json(null),
    'a number': () => Response.json(12),
    'a view without its end': () => Response.json(incomplete),
    'a view with words for numbers': () => Response.json({ ...view, expiresIn: String(expiresIn) }),
    'an end without a reason': () => Response.json({ state: 'ended' })
  })) {
    it(`takes ${what} for no answer`, async () => {
      await assert.rejects(createPinger({ pingUrl: '/ping', fetch: async () => response() })())
    })
  }
})
