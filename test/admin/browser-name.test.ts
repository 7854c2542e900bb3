import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { browserName } from '../../src/admin/browser-name.ts'

const CHROME = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome'
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)'

/** As the browsers of their time sent them. */
const NAMES: ReadonlyArray<readonly [userAgent: string, name: string]> = [
  [`Mozilla/5.0 (X11; Linux x86_64) ${CHROME}/156.0.0.0 Safari/537.36`, 'Chrome 156 on Linux'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME}/131.0.0.0 Safari/537.36`, 'Chrome 131 on Windows'],
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${CHROME}/131.0.0.0 Safari/537.36`, 'Chrome 131 on macOS'],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${CHROME}/131.0.0.0 Safari/537.36`, 'Chrome 131 on ChromeOS'],
  [`Mozilla/5.0 (Linux; Android 10; K) ${CHROME}/131.0.0.0 Mobile Safari/537.36`, 'Chrome 131 on Android'],
  [`${IPHONE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1`, 'Chrome 131 on iPhone'],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36',
    'Headless Chrome 131 on Linux'
  ],
  [`${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1`, 'Safari 18 on iPhone'],
  [
    'Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
      'Version/17.7 Mobile/15E148 Safari/604.1',
    'Safari 17 on iPad'
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
      'Version/17.4.1 Safari/605.1.15',
    'Safari 17 on macOS'
  ],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME}/140.0.0.0 Safari/537.36 Edg/140.0.0.0`, 'Edge 140 on Windows'],
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME}/64.0.3282.140 Safari/537.36 Edge/18.17763`,
    'Edge 18 on Windows'
  ],
  [
    `Mozilla/5.0 (Linux; Android 10; HD1913) ${CHROME}/131.0.6778.81 Mobile Safari/537.36 EdgA/131.0.2903.48`,
    'Edge 131 on Android'
  ],
  [`${IPHONE} Version/18.0 EdgiOS/131.0.2903.68 Mobile/15E148 Safari/604.1`, 'Edge 131 on iPhone'],
  ['Mozilla/5.0 (Android 15; Mobile; rv:153.0) Gecko/153.0 Firefox/153.0', 'Firefox 153 on Android'],
  ['Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox 140 on Linux'],
  [`${IPHONE} FxiOS/133.0 Mobile/15E148 Safari/605.1.15`, 'Firefox 133 on iPhone'],
  [
    'Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) ' +
      'SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36',
    'Samsung Internet 27 on Android'
  ],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME}/130.0.0.0 Safari/537.36 OPR/115.0.0.0`, 'Opera 115 on Windows'],
  [
    `Mozilla/5.0 (Linux; Android 10; VOG-L29) ${CHROME}/130.0.6723.102 Mobile Safari/537.36 OPR/76.2.4027.73374`,
    'Opera 76 on Android'
  ],
  [`Mozilla/5.0 (X11; Linux x86_64) ${CHROME}/131.0.0.0 Safari/537.36 Vivaldi/7.0.3495.18`, 'Vivaldi 7 on Linux'],
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME}/128.0.0.0 YaBrowser/24.10.0.0 Safari/537.36`,
    'Yandex 24 on Windows'
  ],
  [`${IPHONE} Version/18.0 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15`, 'DuckDuckGo 7 on iPhone'],
  ['Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko', 'Internet Explorer 11 on Windows'],
  ['Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)', 'Internet Explorer 8 on Windows'],
  [
    'Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UQ1A.240105.004; wv) AppleWebKit/537.36 (KHTML, ' +
      'like Gecko) Version/4.0 Chrome/131.0.6778.39 Mobile Safari/537.36',
    'App (Chrome 131) on Android'
  ],
  [`${IPHONE} Mobile/15E148`, 'App on iPhone'],
  [`${IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/490.0.0.30.109;FBBV/660187154;FBDV/iPhone15,3]`, 'App on iPhone'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Ward/1.9 ' +
      'Chrome/128.0.6613.186 Electron/32.2.5 Safari/537.36',
    'Electron 32 on Windows'
  ],
  ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'Googlebot 2'],
  [
    `Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) ${CHROME}/131.0.6778.69 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)`,
    'Googlebot 2'
  ],
  [
    'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; ' +
      '+http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36',
    'bingbot 2'
  ],
  ['Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)', 'Baiduspider 2'],
  [`Mozilla/5.0 (Linux; Android 10; CUBOT X30) ${CHROME}/131.0.0.0 Mobile Safari/537.36`, 'Chrome 131 on Android'],
  ['curl/8.5.0', 'curl 8'],
  ['Wget/1.21.4', 'Wget 1'],
  ['python-requests/2.32.3', 'python-requests 2'],
  ['Go-http-client/2.0', 'Go-http-client 2'],
  ['PostmanRuntime/7.43.0', 'PostmanRuntime 7'],
  ['okhttp/4.12.0', 'okhttp 4'],
  ['WardRounds/3.2 (iPhone; iOS 18.1; Scale/3.00)', 'WardRounds 3 on iPhone'],
  ['WardRounds/42 CFNetwork/1568.200.51 Darwin/24.1.0', 'WardRounds 42'],
  ['node', 'node'],
  ['Mozilla/5.0 (Kiosk)', 'Mozilla/5.0 (Kiosk)'],
  [
    'Mozilla/5.0 (PlayStation; PlayStation 5/5.50) AppleWebKit/605.1.15 (KHTML, like Gecko)',
    'Mozilla/5.0 (PlayStation; PlayStation 5…'
  ],
  [`${'👩‍⚕️'.repeat(20)} at work`, `${'👩‍⚕️'.repeat(9)}👩‍⚕…`],
  ['', '']
]

describe('a user agent, for an operator', () => {
  for (const [userAgent, name] of NAMES) {
    it(`is ${JSON.stringify(name)}: ${userAgent}`, () => assert.equal(browserName(userAgent), name))
  }

  it('is short, whatever a browser sends', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom(...NAMES.map(([userAgent]) => userAgent))
    )
    fc.assert(fc.property(fc.array(piece, { maxLength: 4 }), pieces => {
      assert.ok([...browserName(pieces.join(' '))].length <= 60)
    }))
  })
})
