import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { sameOriginPath } from '../../src/core/same-origin-path.ts'

const SITE = 'https://app.example'

describe('sameOriginPath', () => {
  const here = [
    '/', '/report', '/report?year=2026#top', '/a//b', '/a///b', '/a/../b', '/.', '/..', '/a/./b', '/a/..', '/%0a',
    '/%0d%0aset-cookie:x=1', '/%5cevil', '/%2f/evil', '/%2f%2fevil', '/?next=https://evil.example',
    '/?next=//evil.example',
    '/#//evil.example', '/@evil', '/:80', '/./evil', '/...//evil', '/a/.//b', '/%', '/%2'
  ]
  for (const next of here) {
    test(`${next} may be followed, unchanged`, () => {
      assert.equal(sameOriginPath(next), next)
    })
  }

  const becomesAnotherSite = [
    '/.//evil.example', '/././/evil.example', '/a/..//evil.example', '/a/b/../..//evil.example', '/..//evil.example',
    '/../..//evil.example', '/%2e//evil.example', '/%2E//evil.example', '/.%2e//evil.example', '/%2e%2E//evil.example',
    '/a/%2e%2e//evil.example', '/.//', '/.///evil.example', '/.//evil.example?x#y',
    '/.//../evil.example/..//evil.example'
  ]
  for (const next of becomesAnotherSite) {
    test(`${next} may not be followed: a page there would have a pathname that leads elsewhere`, () => {
      assert.equal(sameOriginPath(next), null)
    })
  }

  const elsewhere = [
    '', 'report', '//evil', '///evil', '//evil@app.example', 'https:evil', 'https:/evil', 'https://evil',
    'HTTPS://evil',
    `${SITE}/report`, 'javascript:alert(1)', 'data:text/html,x', '/\\evil', '\\/evil', '\\\\evil', '/./\\evil',
    '?next=/x', '#top', './report', '../report', '\r/evil', '\t/evil', ' /evil', '\u0000/evil', '/\r/evil', '/\n/evil',
    '/\t/evil', '/./\t/evil', '/.\t//evil', '/\u0000/evil', '/report\r\nset-cookie: x=1', '/report ', '/\u007f',
    '\u00a0//evil', '\ufeff//evil', '/ünïcode'
  ]
  for (const next of elsewhere) {
    test(`${JSON.stringify(next)} may not be followed`, () => {
      assert.equal(sameOriginPath(next), null)
    })
  }

  for (const next of [undefined, null, 0, true, {}, [], ['/report'], Symbol('/report'), 1n, Object('/report'),
    new URL(SITE)]) {
    test(`${String(next)} of type ${typeof next} may not be followed`, () => {
      assert.equal(sameOriginPath(next), null)
    })
  }

  /** Characters of addresses that lead elsewhere. */
  const hostile = fc.string({
    unit: fc.constantFrom('/', '/', '.', '..', '%2e', '%2E', '\\', ':', '@', '?', '#', '\t', '\n', ' ', '／',
      'evil.example', 'https', '%2f', 'a'),
    maxLength: 10
  })
  const candidates = fc.oneof(fc.webPath(), fc.string({ unit: 'binary' }), fc.webUrl(), hostile,
    hostile.map(text => `/${text}`))

  test('a path that may be followed stays on the site, and so does the pathname of the page there', () => {
    fc.assert(fc.property(candidates, text => {
      const next = sameOriginPath(text)
      if (next === null) return
      assert.equal(next, text)
      const { origin, pathname, search, hash } = new URL(next, SITE)
      assert.equal(origin, SITE)
      assert.equal(new URL(pathname, SITE).origin, SITE)
      assert.notEqual(sameOriginPath(pathname + search + hash), null)
    }), { numRuns: 20_000 })
  })

  test('a plain path of this site is never refused', () => {
    fc.assert(fc.property(fc.webPath(), fc.webQueryParameters(), (path, query) => {
      const next = `/app${path}?${query}`
      const { pathname } = new URL(next, SITE)
      assert.equal(sameOriginPath(next), pathname.startsWith('//') ? null : next)
    }))
  })

  test('anything at all is a path or null, and never throws', () => {
    fc.assert(fc.property(fc.anything(), value => {
      const next = sameOriginPath(value)
      assert.ok(next === null || next === value)
    }), { numRuns: 2000 })
  })
})
