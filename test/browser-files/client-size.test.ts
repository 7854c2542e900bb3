import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { locales } from '../../src/client/locales/all.ts'
import { sessionClient } from '../../src/browser-files/session-client.ts'
import { buildApp } from '../helpers/app.ts'
import { isCounted } from '../helpers/page-coverage.ts'

/** The bytes of the whole client in one language, compressed as they are served. */
const MOST = 32 * 1024

/** The bytes that a page loads before it can warn, in English. */
const MOST_TO_WARN = 14.25 * 1024

describe('the scripts as they are served', { skip: isCounted() && 'here they have source maps' }, () => {
  it('are small, in every language, compressed', async () => {
    const { app } = await buildApp({ routes: app => { app.register(sessionClient) } })
    const weigh = async (name: string): Promise<number> => {
      const { rawPayload } = await app.inject(`/session_security/${name}`)
      return gzipSync(rawPayload, { level: 9 }).length
    }
    const [client, forms] = [await weigh('client.js'), await weigh('forms.js')]
    assert.ok(client <= MOST_TO_WARN, `client.js: ${client} bytes`)
    for (const { lang } of locales) {
      const texts = await weigh(`texts/${lang.toLowerCase()}.js`)
      assert.ok(client + forms + texts <= MOST, `${lang}: ${client} + ${forms} + ${texts} bytes`)
    }
    await app.close()
  })
})
