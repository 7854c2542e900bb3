import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SessionClientOptions, SessionSecurityOptions } from '../../src/index.ts'
import { requireSession, sessionClient } from '../../src/index.ts'
import { buildApp } from '../helpers/app.ts'

const BAD_OPTION = { code: 'FST_SESSION_SECURITY_BAD_OPTION' }

/** Addresses that run code, or lead away unseen. */
const EVIL = [
  'javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:alert(1)', 'java\nscript:alert(1)', 'vbscript:x',
  'data:text/html,x', 'blob:https://app.example/1', 'file:///etc/passwd', '//evil.example', '/\\evil.example', '\\\\evil.example',
  '/\t/evil.example', '/.//evil.example', 'http:/\\evil.example\n', 'https://', 'login', '', '\u0000/login'
]

const PATHS = ['/', '/login', '/login?why=idle#top']
const URLS = ['https://sso.example/login', 'http://localhost:3000', 'HTTPS://sso.example']

type Takes = (address: string) => Promise<unknown>

async function withClient (options: SessionClientOptions, tags: SessionClientOptions = {}): Promise<void> {
  const { app } = await buildApp({ routes: app => { app.register(sessionClient, options) } })
  try {
    app.sessionClient.tags(undefined, tags)
  } finally {
    await app.close()
  }
}

async function withSecurity (security: Partial<SessionSecurityOptions>): Promise<void> {
  const { app } = await buildApp({ security })
  await app.close()
}

/** The options that name an address, and whether it must be a path. */
const PLACES: Readonly<Record<string, { takes: Takes, isPath?: true }>> = {
  ...Object.fromEntries(['signOutUrl', 'loginUrl', 'pingUrl'].flatMap(name => [
    [`${name} of sessionClient`, { takes: address => withClient({ [name]: address }) }],
    [`${name} of tags()`, { takes: address => withClient({}, { [name]: address }) }]
  ] satisfies Array<[string, { takes: Takes }]>)),
  redirectToLogout: { takes: address => withSecurity({ redirectToLogout: address }) },
  pingUrl: { isPath: true, takes: address => withSecurity({ pingUrl: address }) },
  'loginUrl of requireSession()': { isPath: true, takes: async address => requireSession({ loginUrl: address }) }
}

describe('an address that a page follows', () => {
  for (const [place, { takes, isPath = false }] of Object.entries(PLACES)) {
    it(`as ${place} is a path${isPath ? '' : ', or an http(s) URL'}, and nothing that runs or leads away`, async () => {
      for (const address of isPath ? [...EVIL, ...URLS] : EVIL) {
        await assert.rejects(async () => await takes(address), BAD_OPTION, JSON.stringify(address))
      }
      for (const address of isPath ? PATHS.slice(1, 2) : [...PATHS, ...URLS]) await takes(address)
    })
  }
})
