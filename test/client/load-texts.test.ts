import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadModule } from '../../src/client/load-module.ts'
import { loadTexts } from '../../src/client/load-texts.ts'
import { en } from '../../src/client/locales/en.ts'
import { pageAddress } from '../../src/client/page-address.ts'

const BASE = 'https://site.example/session_security/abc/client.js'

/** Returns a server that has some languages. The network fails for the first requests. */
function serverWith (languages: readonly string[], awayFor = 0) {
  const asked: string[] = []
  const pauses: number[] = []
  return {
    asked,
    pauses,
    importModule: async (address: string) => {
      asked.push(address.replace('https://site.example/session_security/abc/texts/', ''))
      const [, lang = ''] = /texts\/([\w-]+)\.js/.exec(address) ?? []
      if (asked.length <= awayFor || !languages.includes(lang)) {
        throw new TypeError('Failed to fetch dynamically imported module')
      }
      return { default: { ...en, lang } }
    },
    pause: async (ms: number) => { pauses.push(ms) }
  }
}

describe('the texts of a page', () => {
  it('are looked up from the tag of the page down to English, if the server does not do so', async () => {
    for (const [lang, asked] of [
      ['de', ['de.js']], ['pt-PT', ['pt-pt.js', 'pt.js']], [
        'zh_Hant_TW', ['zh-hant-tw.js', 'zh-hant.js', 'zh.js']
      ], ['', ['en.js']], ['en-GB', ['en-gb.js', 'en.js']], ['../x', ['en.js']], ['de"', ['en.js']]
    ] as const) {
      const server = serverWith(['de', 'pt', 'zh', 'en'])
      const texts = await loadTexts(lang, BASE, server)
      assert.deepEqual([server.asked, texts.lang, server.pauses], [asked, asked.at(-1)?.replace('.js', ''), []])
    }
  })

  it('are English if there are none, or after some seconds without a network', async () => {
    for (const [lang, server] of [['tlh', serverWith(['de'])], ['de', serverWith(['de'], 3)]] as const) {
      assert.equal(await loadTexts(lang, BASE, server), en)
      assert.deepEqual([server.asked, server.pauses], [[`${lang}.js`, `${lang}.js?1`, `${lang}.js?2`], [1000, 4000]])
    }
  })

  it('are loaded after a failed request, under an address that the browser does not know as missing', async () => {
    const server = serverWith(['de'], 1)
    assert.equal((await loadTexts('de', BASE, server)).lang, 'de')
    assert.deepEqual([server.asked, server.pauses], [['de.js', 'de.js?1'], [1000]])
  })

  it('are English one by one, if a server of another version lacks them', async () => {
    const texts = await loadTexts(
      'de', BASE, { importModule: async () => ({ default: { lang: 'de', title: 'Abmeldung' } }) }
    )
    assert.deepEqual([texts.lang, texts.title, texts.stay], ['de', 'Abmeldung', en.stay])
  })
})

describe('a part that the page cannot do without', () => {
  it('is tried for as long as it takes, less and less often', async () => {
    let tries = 0
    const pauses: number[] = []
    const found = await loadModule(['a'], {
      importModule: async () => { if (++tries < 50) throw new Error('away'); return tries },
      pause: async ms => { pauses.push(ms) }
    })
    assert.deepEqual([found, pauses.slice(0, 5), pauses.at(-1)], [50, [1000, 4000, 15_000, 60_000, 60_000], 60_000])
  })
})

describe('an address in an attribute', () => {
  it('is a path of the site, or an http(s) URL', () => {
    for (const address of ['/', '/login?next=%2F&x=1#a', 'https://sso.example/end', 'http://localhost:3000/x']) {
      assert.equal(pageAddress(address), address)
    }
  })

  it('is refused if a browser would run it, or go elsewhere by it', () => {
    const bad = ['javascript:alert(1)', ' javascript:x', 'JAVASCRIPT:x', 'java\nscript:x', 'data:text/html,x', 'blob:x',
      '//evil.example',
      '/\\evil.example', '\\/evil.example',
      '/\t/evil.example', '\t//evil.example', 'login', '', '/a b', undefined]
    for (const address of bad) assert.equal(pageAddress(address), undefined, address)
  })
})
