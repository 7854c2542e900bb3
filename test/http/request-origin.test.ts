import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isFollowedLink, isPrefetch, wantsPage } from '../../src/http/fetch-metadata.ts'
import { comesFromHere, describeOrigin, isOrigin, requestOriginOf } from '../../src/http/request-origin.ts'
import type { RequestOrigin } from '../../src/http/request-origin.ts'

type Headers = Readonly<Record<string, string>>

const HOST = 'bank.example'

describe('requestOriginOf', () => {
  const cases: Array<[headers: Headers, expected: RequestOrigin, host?: string]> = [
    // Sec-Fetch-Site decides.
    [{ 'sec-fetch-site': 'same-origin' }, 'same-origin'],
    [{ 'sec-fetch-site': 'same-origin', origin: 'https://inside.example' }, 'same-origin', 'behind-a-proxy:8080'],
    [{ 'sec-fetch-site': 'same-site', origin: 'https://bank.example' }, 'same-site'],
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://bank.example' }, 'cross-site'],
    [{ 'sec-fetch-site': 'none' }, 'none'],
    [{ 'sec-fetch-site': '' }, 'cross-site'],
    [{ 'sec-fetch-site': 'same-origin, cross-site' }, 'cross-site'],
    [{ 'sec-fetch-site': 'anything' }, 'cross-site'],
    // Without it, Origin does. The scheme is not compared.
    [{ origin: 'https://bank.example' }, 'same-origin'],
    [{ origin: 'http://bank.example' }, 'same-origin'],
    [{ origin: 'https://bank.example' }, 'same-origin', 'bank.example:443'],
    [{ origin: 'http://bank.example' }, 'same-origin', 'bank.example:80'],
    [{ origin: 'http://bank.example:8080' }, 'same-origin', 'bank.example:8080'],
    [{ origin: 'http://[::1]:3000' }, 'same-origin', '[::1]:3000'],
    [{ origin: 'https://BANK.example' }, 'same-origin'],
    [{ origin: 'https://bank.example' }, 'same-origin', 'Bank.Example'],
    [{ origin: 'https://bank.example:8443' }, 'cross-site'],
    [{ origin: 'https://bank.example' }, 'cross-site', 'bank.example:8443'],
    [{ origin: 'https://evil.example' }, 'cross-site'],
    [{ origin: 'https://www.bank.example' }, 'cross-site'],
    [{ origin: 'https://bank.example.evil.example' }, 'cross-site'],
    [{ origin: 'https://bank.example@evil.example' }, 'cross-site'],
    [{ origin: 'null' }, 'cross-site'],
    [{ origin: '' }, 'cross-site'],
    [{ origin: 'bank.example' }, 'cross-site'],
    [{ origin: 'file://' }, 'cross-site'],
    [{ origin: 'capacitor://bank.example' }, 'cross-site'],
    [{ origin: 'https://bank.example' }, 'cross-site', ''],
    [{ origin: 'https://bank.example' }, 'cross-site', 'bank.example:port'],
    // A client that sends neither. Referer is no proof, and Sec-Fetch-Mode is none either.
    [{}, 'unknown'],
    [{ referer: 'https://bank.example/admin' }, 'unknown'],
    [{ 'user-agent': 'curl/8.5.0', accept: '*/*' }, 'unknown']
  ]
  for (const [headers, expected, host = HOST] of cases) {
    test(`${JSON.stringify(headers)} to ${host || 'no host'} is ${expected}`, () => {
      assert.equal(requestOriginOf({ headers, host }), expected)
      assert.equal(requestOriginOf({ headers, host }, ['https://elsewhere.example']), expected)
    })
  }

  const ALLOWED = ['https://App.example', 'http://intranet:8080', 'https://secure.example:443']
  const allowed: Array<[headers: Headers, expected: RequestOrigin]> = [
    [{ origin: 'https://app.example' }, 'allowed'],
    [{ origin: 'https://app.example', 'sec-fetch-site': 'cross-site' }, 'allowed'],
    [{ origin: 'https://app.example', 'sec-fetch-site': 'same-site' }, 'allowed'],
    [{ origin: 'https://app.example:443', 'sec-fetch-site': 'cross-site' }, 'allowed'],
    [{ origin: 'https://secure.example', 'sec-fetch-site': 'cross-site' }, 'allowed'],
    [{ origin: 'http://intranet:8080' }, 'allowed'],
    [{ origin: 'https://app.example', 'sec-fetch-site': 'same-origin' }, 'same-origin'],
    [{ 'sec-fetch-site': 'cross-site' }, 'cross-site'],
    [{ 'sec-fetch-site': 'cross-site', referer: 'https://app.example/page' }, 'cross-site'],
    [{ origin: 'http://app.example' }, 'cross-site'],
    [{ origin: 'https://app.example:8443' }, 'cross-site'],
    [{ origin: 'https://app.example.evil.example' }, 'cross-site'],
    [{ origin: 'https://app.example/' }, 'cross-site'],
    [{ origin: 'http://intranet' }, 'cross-site'],
    [{ origin: 'null', 'sec-fetch-site': 'cross-site' }, 'cross-site'],
    [{ origin: 'https://bank.example' }, 'same-origin'],
    [{}, 'unknown']
  ]
  for (const [headers, expected] of allowed) {
    test(`${JSON.stringify(headers)} is ${expected} where other origins are allowed`, () => {
      assert.equal(requestOriginOf({ headers, host: HOST }, ALLOWED), expected)
    })
  }

  test('an entry that is no origin allows nothing, and throws nothing', () => {
    for (const origin of ['null', 'https://app.example']) {
      const sent = { headers: { origin, 'sec-fetch-site': 'cross-site' }, host: HOST }
      assert.equal(requestOriginOf(sent, ['null', '', '*', 'file://', 'https://*']), 'cross-site')
    }
  })
})

describe('describeOrigin', () => {
  const cases: Array<[headers: Headers, expected: string]> = [
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 'Sec-Fetch-Site: cross-site'],
    [{ origin: 'https://evil.example' }, 'Origin: https://evil.example'],
    [{}, 'neither Sec-Fetch-Site nor Origin'],
    [{ origin: 'x'.repeat(1000) }, `Origin: ${'x'.repeat(80)}`],
    [{ 'sec-fetch-site': 'x'.repeat(1000) }, `Sec-Fetch-Site: ${'x'.repeat(80)}`]
  ]
  for (const [headers, expected] of cases) {
    test(`says ${expected.slice(0, 50)}`, () => {
      assert.equal(describeOrigin({ headers }), expected)
    })
  }
})

describe('comesFromHere', () => {
  const cases: Array<[headers: Headers, expected: boolean]> = [
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{ 'sec-fetch-site': 'same-site' }, false],
    [{ 'sec-fetch-site': 'cross-site', referer: 'https://bank.example/admin' }, false],
    [{ 'sec-fetch-site': 'none' }, false],
    [{ referer: 'https://bank.example/admin?x=1' }, true],
    [{ referer: 'http://bank.example/' }, true],
    [{ referer: 'https://evil.example/https://bank.example/' }, false],
    [{ referer: 'about:blank' }, false],
    [{ referer: '' }, false],
    [{ origin: 'https://bank.example' }, false],
    [{}, false]
  ]
  for (const [headers, expected] of cases) {
    test(`${JSON.stringify(headers)} ${expected ? 'does' : 'does not'}`, () => {
      assert.equal(comesFromHere({ headers, host: HOST }), expected)
    })
  }
})

describe('isOrigin', () => {
  const origins = [
    'https://app.example', 'http://app.example', 'https://app.example:8443', 'http://localhost:3000',
    'http://127.0.0.1',
    'http://[::1]:3000', 'http://intranet', 'HTTPS://App.Example', 'https://bücher.example', 'https://app.example:443'
  ]
  for (const value of origins) test(`${value} is one`, () => { assert.equal(isOrigin(value), true) })

  const others: unknown[] = [
    'https://app.example/', 'https://app.example/path', 'https://app.example?x', 'https://app.example#x', 'app.example',
    '//app.example', 'ftp://app.example', 'file://', 'null', '', '*', 'https://*', 'https://*.example', 'https://',
    'https://user@app.example', 'https://user:secret@app.example', 'https://app.example\\x', ' https://app.example',
    'https://app.example\n', 'https:app.example', 'https://app.example:', 'https://app.example:99999', 'https://a b',
    'https://%61pp.example', 'https://a,https://b', undefined, null, 5, true, {}, ['https://app.example'],
    new URL('https://app.example')
  ]
  for (const value of others) test(`${JSON.stringify(value)} is none`, () => { assert.equal(isOrigin(value), false) })
})

describe('isPrefetch', () => {
  const prefetches: Headers[] = [
    { 'sec-purpose': 'prefetch' }, { 'sec-purpose': 'prefetch;prerender' },
    { 'sec-purpose': 'prefetch;anonymous-client-ip' },
    { 'sec-purpose': 'Prefetch' }, { purpose: 'prefetch' }, { 'x-moz': 'prefetch' }, { 'x-purpose': 'preview' },
    { purpose: 'prerender' }
  ]
  for (const headers of prefetches) {
    test(`${JSON.stringify(headers)} is one`,
      () => { assert.equal(isPrefetch(headers), true) })
  }

  const others: Headers[] = [{}, { 'sec-purpose': '' }, { 'sec-purpose': 'other' }, { 'x-purpose': 'unprefetched' },
    { accept: 'prefetch' }]
  for (const headers of others) {
    test(`${JSON.stringify(headers)} is none`,
      () => { assert.equal(isPrefetch(headers), false) })
  }
})

describe('what a request is for', () => {
  const LINK = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-user': '?1' }
  const cases: Array<[headers: Headers, isLink: boolean, isPage: boolean]> = [
    [LINK, true, true],
    [{ ...LINK, 'sec-fetch-user': '?0' }, false, true],
    [{ 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, false, true],
    [{ ...LINK, 'sec-fetch-dest': 'iframe' }, false, true],
    [{ 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, false, true],
    [{ 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'object' }, false, true],
    [{ 'sec-fetch-mode': 'navigate' }, false, true],
    [{ 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: 'text/html' }, false, false],
    [{ 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'document' }, false, false],
    [{ accept: 'text/html,application/xhtml+xml' }, false, true],
    [{ accept: 'text/html', 'x-requested-with': 'XMLHttpRequest' }, false, false],
    [{ accept: 'application/json' }, false, false],
    [{}, false, false]
  ]
  for (const [headers, isLink, isPage] of cases) {
    const says = `${isLink ? 'follows' : 'does not follow'} a link, ${isPage ? 'wants' : 'does not want'} a page`
    test(`${JSON.stringify(headers)} ${says}`, () => {
      for (const method of ['GET', 'HEAD']) assert.equal(isFollowedLink(method, headers), isLink)
      for (const method of ['POST', undefined]) assert.equal(isFollowedLink(method, headers), false)
      assert.equal(wantsPage(headers), isPage)
    })
  }
})
