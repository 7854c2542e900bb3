import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import Fastify from 'fastify'
import fc from 'fast-check'
import { decodePath, routedPath, routerOptionsOf } from '../../src/http/router-path.ts'
import type { RouterOptions } from '../../src/http/router-path.ts'
import { compileUrl, unmatchedUrls } from '../../src/http/passive-urls.ts'
import { patternsIn } from '../../src/request/route-tree.ts'
import type { PassiveUrl } from '../../src/http/passive-urls.ts'

const STRICT = routerOptionsOf({})
const ANY_CASE: RouterOptions = { ...STRICT, caseSensitive: false }
const NO_TRAILING: RouterOptions = { ...STRICT, ignoreTrailingSlash: true }
const NO_DUPLICATES: RouterOptions = { ...STRICT, ignoreDuplicateSlashes: true }
const SEMICOLON: RouterOptions = { ...STRICT, useSemicolonDelimiter: true }

describe('routerOptionsOf', () => {
  test('reads what Fastify was given, at either place', () => {
    assert.deepEqual(routerOptionsOf(Fastify().initialConfig), STRICT)
    const given = {
      caseSensitive: false,
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      useSemicolonDelimiter: true
    }
    assert.deepEqual(routerOptionsOf(Fastify({ routerOptions: given }).initialConfig), given)
    assert.deepEqual(routerOptionsOf(given), given)
    assert.deepEqual(routerOptionsOf({ ...given, routerOptions: { ignoreTrailingSlash: false } }), given)
  })
})

describe('routedPath', () => {
  const cases: Array<[url: string, expected: string | null, options?: RouterOptions]> = [
    ['/', '/'], ['/a', '/a'], ['/a?x=/b', '/a'], ['/a#b', '/a'], ['/a#b?c', '/a'], ['/?a', '/'],
    ['/a/b/c/d/e/f?x#y', '/a/b/c/d/e/f'],
    ['/b%C3%BCro', '/büro'], ['/b%c3%bcro?%', '/büro'], ['/%41', '/A'], ['/a%20b', '/a b'], ['/%F0%9F%98%80', '/😀'],
    ['/a%2Fb', '/a%2Fb'], ['/a%2fb', '/a%2Fb'], ['/a%3Fb%23c', '/a%3Fb%23c'], ['/a%3Bb', '/a%3Bb', SEMICOLON],
    ['/100%25', '/100%25'],
    ['/a%252fb', '/a%252fb'], ['/%2541', '/%2541'],
    ['/%', null], ['/%2', null], ['/%zz', null], ['/%C3', null], ['/%E0%A4%A', null], ['/a%2F%', null], ['/a?%', '/a'],
    ['/a;b', '/a;b'], ['/a;b', '/a', SEMICOLON], ['/a;b?c', '/a', SEMICOLON], ['/;a', '/', SEMICOLON],
    ['/a/', '/a/'], ['/a/', '/a', NO_TRAILING], ['/a//', '/a/', NO_TRAILING], ['/', '/', NO_TRAILING],
    ['/a/?x=/', '/a', NO_TRAILING], ['/a%2F', '/a%2F', NO_TRAILING],
    ['/a//b', '/a//b'], ['/a///b//', '/a/b/', NO_DUPLICATES], ['//a', '/a', NO_DUPLICATES],
    ['/A/B%C3%9C', '/a/bü', ANY_CASE], ['/A%2FB', '/a%2fb', ANY_CASE],
    ['http://a.example/b', '/b'], ['HTTPS://a.example:1/b?c', '/b'], ['http://a.example', '/'],
    ['http://a.example?b', '/'], ['http://a.example/b#c', null],
    ['http:///b', null], ['*', '*'], ['', '']
  ]
  for (const [url, expected, options = STRICT] of cases) {
    test(`${url} is ${expected} with ${JSON.stringify(options)}`, () => {
      assert.equal(routedPath(url, options), expected)
    })
  }

  test('decodePath undoes what encodeURI does, and never throws', () => {
    fc.assert(fc.property(fc.webPath(), path => { assert.equal(typeof decodePath(path), 'string') }))
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('%', '2', '5', 'f', 'C3', '/', 'ü') }),
      text => { decodePath(text) }))
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }).filter(text => !/[%#?]/.test(text)), text => {
      assert.equal(decodePath(encodeURI(text)), text)
    }))
  })
})

describe('compileUrl', () => {
  const cases: Array<[entry: PassiveUrl, url: string, pattern: string | undefined, isMatch: boolean,
    options?: RouterOptions]> = [
      ['/a', '/a', '/a', true], ['/a', '/a?x', undefined, true], ['/a', '/a/', '/a/', false], ['/a', '/A', '/A', false],
      ['/a', '/b/a', '/b/a', false],
      ['/a/*', '/a/b', undefined, true], ['/a/*', '/a/', undefined, true], ['/a/*', '/a', undefined, false],
      ['/a/*', '/ab', undefined, false], ['/a/*', '/b/a/c', undefined, false],
      ['/*', '/anything', undefined, true], ['/*', '/', undefined, true],
      ['/a/:id', '/a/7', '/a/:id', true], ['/a/:id', '/a/7', '/a/:name', false], ['/a/:id', '/a/7', undefined, false],
      ['/a/:id?', '/a', '/a/:id?', true],
      ['/:tenant/poll/*', '/acme/poll/x', '/:tenant/poll/:id', true],
      ['/:tenant/poll/*', '/acme/poll/x', '/:tenant/poll/*', true],
      ['/:tenant/poll/*', '/acme/save/x', '/:tenant/save/:id', false],
      ['/a.b', '/axb', undefined, false], ['/(a+)+$', '/aaaa', undefined, false],
      ['/search?poll=1', '/search?poll=1', '/search', false],
      // Encoded or plain.
      ['/büro', '/b%C3%BCro', '/büro', true], ['/b%C3%BCro', '/b%C3%BCro', '/büro', true],
      ['/b%c3%bcro/*', '/b%C3%BCro/x', '/büro/:id', true],
      ['/büro/*', '/b%C3%BCro/x', '/büro/:id', true], ['/b%C3%BCro/:id', '/b%C3%BCro/7', '/büro/:id', true],
      ['/buro', '/b%C3%BCro', undefined, false],
      ['/a b', '/a%20b', undefined, true], ['/a%20b', '/a%20b', undefined, true],
      ['/100%', '/100%25', '/100%', true], ['/100%25', '/100%25', '/100%', true], ['/100%', '/100%', undefined, false],
      ['/a%2Fb', '/a%2fb', '/:id', true], ['/a/b', '/a%2Fb', '/:id', false], ['/a/*', '/a%2Fb', '/:id', false],
      // Differences that the router ignores.
      ['/Api/Poll', '/aPI/poLL', '/api/poll', true, ANY_CASE], ['/API/*', '/api/x', '/api/:id', true, ANY_CASE],
      ['/API/*', '/api/x', '/api/:id', false],
      ['/API/jobs/:id', '/api/jobs/7', '/api/jobs/:Id', true, ANY_CASE],
      ['/ÜBER', '/%C3%BCber', undefined, true, ANY_CASE],
      ['/a', '/a/', '/a', true, NO_TRAILING], ['/a/', '/a', '/a', true, NO_TRAILING],
      ['/a/:id/', '/a/7', '/a/:id', true, NO_TRAILING], ['/a/*', '/a/', undefined, false, NO_TRAILING],
      ['/a/b', '//a//b', undefined, true, NO_DUPLICATES], ['/a//b', '/a/b', undefined, true, NO_DUPLICATES],
      ['/a//*', '/a/b', undefined, true, NO_DUPLICATES],
      ['/a', '/a;jsessionid=5', undefined, true, SEMICOLON], ['/a', '/a;jsessionid=5', undefined, false],
      ['/a;b', '/a;b', undefined, true],
      // Expressions.
      [/b/, '/abc', undefined, true], [/^b/, '/abc', undefined, false], [/:id/, '/a/7', '/a/:id', false],
      [/poll/, '/page?poll', undefined, false],
      [/^\/straße\//, '/stra%C3%9Fe/7', undefined, true], [/ü/, '/%C3%9C', undefined, false],
      [/ü/, '/%C3%9C', undefined, true, ANY_CASE],
      [/^\/API$/, '/api', undefined, true, ANY_CASE], [/^\/POLL$/gi, '/poll', undefined, true],
      [/^\/a$/, '/a/', undefined, true, NO_TRAILING],
      // Addresses that cannot be decoded.
      [/./, '/%', undefined, false], ['/*', '/%', undefined, false], ['/%', '/%', undefined, false]
    ]
  for (const [entry, url, pattern, isMatch, options = STRICT] of cases) {
    const ignored = Object.entries(options).filter(([key,
      value]) => value !== STRICT[key as keyof RouterOptions]).map(([key]) => key)
    const verb = isMatch ? 'takes' : 'does not take'
    test(`${String(entry)} ${verb} ${url} of ${pattern ?? 'no route'} ${ignored.join()}`, () => {
      assert.equal(compileUrl(entry, options)(routedPath(url, options), pattern), isMatch)
    })
  }

  for (const flags of ['g', 'y', 'gy', 'gi', 'gv', 'gu']) {
    test(`an expression with the flags ${flags} says the same however often it is asked`, () => {
      const expression = new RegExp('/poll', flags)
      for (const options of [STRICT, ANY_CASE]) {
        const rule = compileUrl(expression, options)
        for (let time = 0; time < 4; time++) assert.equal(rule('/poll', undefined), true)
      }
      assert.equal(expression.lastIndex, 0)
    })
  }
})

describe('compared with the router itself', () => {
  const BOOLEANS = fc.record({
    caseSensitive: fc.boolean(),
    ignoreTrailingSlash: fc.boolean(),
    ignoreDuplicateSlashes: fc.boolean(),
    useSemicolonDelimiter: fc.boolean()
  })
  const PARTS = fc.array(fc.constantFrom('a', 'B', 'büro', 'Straße', 'a b', '100%', '%41', '%2F', 'a%2fb', 'x,y',
    'q;r', '(a'), { minLength: 1, maxLength: 3 })
  const SPELLINGS = fc.constantFrom<(url: string) => string>(
    url => url, url => url.toUpperCase(), url => url.toLowerCase(), url => `${url}/`, url => `${url}//`,
  url => url.replaceAll('/', '//'),
  url => `${url}?x=/`, url => `${url};x`, url => `${url}#x`, url => url.replace('a', '%61'),
  url => url.replace('B', '%42'),
  url => url.replaceAll('%25', '%2525'), url => url.replace('%2F', '%2f'), url => url.replace(',', '%2C'),
  url => `${url}/more`
  )

  test('a path is passive exactly when the router takes it to the route of that path', async () => {
    let taken = 0
    await fc.assert(fc.asyncProperty(PARTS, fc.array(SPELLINGS, { maxLength: 3 }), BOOLEANS,
      async (parts, spellings, routerOptions) => {
        const route = `/${parts.join('/')}`
        const app = Fastify({ routerOptions })
        app.get(route, async request => ({ url: request.url }))
        app.get('/*', async request => ({ url: request.url }))
        app.addHook('onSend', async (request, _reply,
          payload) => JSON.stringify({ payload, pattern: request.routeOptions.url, url: request.url }))
        const literal = encodeURI(route)
        const answer = await app.inject(spellings.reduce((url, spell) => spell(url), literal))
        if (answer.statusCode !== 200) return
        const { pattern, url } = answer.json<{ pattern: string, url: string }>()
        const options = routerOptionsOf(app.initialConfig)
        const rule = compileUrl(literal, options)
        if (pattern === route) taken++
        assert.equal(rule(routedPath(url, options), undefined), pattern === route, `${literal} asked as ${url}`)
      }), { numRuns: 1500 })
    assert.ok(taken > 200, `only ${taken} paths were those of the route`)
  })
})

describe('unmatchedUrls', () => {
  const cases: Array<[what: string, urls: PassiveUrl[], patterns: string[], unmatched: PassiveUrl[],
    options?: RouterOptions]> = [
      ['nothing was given', [], ['/a'], []],
      ['there is no route', ['/a', '/b/*'], [], ['/a', '/b/*']],
      ['a wildcard route takes every address below it', ['/static/logo.png', '/static/img/*', '/statics/logo.png'],
        ['/static/*'], ['/statics/logo.png']],
      ['a route takes everything', ['/a', '/b/*'], ['*'], []],
      ['a prefix lies below a parameter', ['/tenants/acme/*', '/tenants/*', '/others/acme/*'], ['/tenants/:name/poll'],
        ['/others/acme/*']],
      ['a prefix holds a parameter', ['/:tenant/poll/*', '/:name/poll/*'], ['/:tenant/poll/:id'], ['/:name/poll/*']],
      ['a prefix is a route and nothing is below it', ['/a/*'], ['/a'], ['/a/*']],
      ['a parameter takes one part of a path', ['/jobs/7', '/jobs/', '/jobs/7/log', '/jobs'], ['/jobs/:id'],
        ['/jobs/7/log', '/jobs']],
      ['a parameter has another name', ['/jobs/:id', '/jobs/:nr'], ['/jobs/:nr'], ['/jobs/:id']],
      ['a parameter may be absent', ['/jobs', '/jobs/7', '/jobs/:id?', '/job'], ['/jobs/:id?'], ['/job']],
      ['two parameters share a part', ['/on/1-2', '/on/12', '/at/8h30m', '/at/8h'],
        ['/on/:a-:b', '/at/:hour(^\\d+)h:minute(^\\d+)m'], ['/on/12', '/at/8h']],
      ['a colon is doubled', ['/jobs:cancel', '/jobs:stop'], ['/jobs::cancel'], ['/jobs:stop']],
      ['a path holds letters of expressions', ['/v1.0/poll', '/v1x0/poll', '/a+b', '/aab', '/(a'],
        ['/v1.0/poll', '/a+b', '/(a'], ['/v1x0/poll', '/aab']],
      ['an entry holds a query', ['/search?poll=1', '/files/x#y'], ['/search', '/files/*'],
        ['/search?poll=1', '/files/x#y']],
      ['an entry holds a delimiter', ['/a;b'], ['/*'], ['/a;b'], SEMICOLON],
      ['an entry is encoded', ['/b%C3%BCro/*', '/büro/*', '/büro/7', '/b%C3%BCro/:id', '/buro/*', '/100%', '/100%25'],
        ['/büro/:id', '/100%'], ['/buro/*']],
      ['letter case counts', ['/API/poll', '/API/*', '/api/JOBS/:id'], ['/api/poll', '/api/jobs/:id'],
        ['/API/poll', '/API/*', '/api/JOBS/:id']],
      ['letter case does not count', ['/API/poll', '/API/*', '/api/JOBS/:id', /^\/API/, '/ÄPI'],
        ['/api/poll', '/api/jobs/:id', '/äpi'], [], ANY_CASE],
      ['slashes count', ['/a/', '/b//c'], ['/a', '/b/c'], ['/a/', '/b//c']],
      ['a trailing slash does not count', ['/a/', '/b'], ['/a', '/b/'], [], NO_TRAILING],
      ['double slashes do not count', ['/b//c'], ['/b/c'], [], NO_DUPLICATES],
      ['there are expressions', [/^\/jobs\/\d+$/, /^\/jobs\/[a-z]+$/, /^\/jobs\/[\da-f-]{36}$/, /^\/b%C3/, /^\/bü/,
        /^\/stat.*\.png$/], ['/jobs/:id', '/büro', '/static/*'], [/^\/b%C3/]],
      ['an expression can match no route', [/^\/pol$/, /^\/poll$/g], ['/poll', '/jobs/:id'], [/^\/pol$/]]
    ]
  for (const [what, urls, patterns, unmatched, options = STRICT] of cases) {
    test(`where ${what}`, () => {
      assert.deepEqual(unmatchedUrls(urls, patterns, options), unmatched)
    })
  }
})

describe('patternsIn', () => {
  test('reads every pattern out of the tree of routes that Fastify prints', async () => {
    const patterns = ['/', '/poll/x', '/poll/y/:id', '/a/:id(^\\d+$)', '/a/:id/b', '/files/*', '/v/:from-:to',
      '/sp ace', '/tést', '/at/:hour(^\\d+)h:minute(^\\d+)m', '/x (A)/y', '*']
    for (const added of [patterns, patterns.slice(1, -1), ['/one'], []]) {
      const app = Fastify()
      for (const url of added) app.route({ method: ['GET', 'POST'], url, handler: async () => url })
      if (added.length > 1) app.get('/kept', { constraints: { host: 'app.example' } }, async () => 'kept')
      await app.ready()
      const expected = added.length > 1 ? [...added, '/kept'] : added
      assert.deepEqual(patternsIn(app.printRoutes()).sort(), expected.toSorted())
      await app.close()
    }
  })
})
