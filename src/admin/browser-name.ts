/** Browsers by the word that they send. The order matters: nearly all claim to be Chrome and Safari too. */
const BROWSERS: ReadonlyArray<readonly [name: string, pattern: RegExp]> = [
  ['Edge', /\bEdg(?:e|A|iOS)?\/(\d{1,4})/],
  ['Opera', /\b(?:OPR|OPT|OPX)\/(\d{1,4})/],
  ['Samsung Internet', /\bSamsungBrowser\/(\d{1,4})/],
  ['Vivaldi', /\bVivaldi\/(\d{1,4})/],
  ['Yandex', /\bYaBrowser\/(\d{1,4})/],
  ['DuckDuckGo', /\b(?:DuckDuckGo|Ddg)\/(\d{1,4})/],
  ['UC Browser', /\bUCBrowser\/(\d{1,4})/],
  ['Electron', /\bElectron\/(\d{1,4})/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/(\d{1,4})/],
  ['Headless Chrome', /\bHeadlessChrome\/(\d{1,4})/],
  ['Chrome', /\b(?:Chrome|CriOS)\/(\d{1,4})/],
  ['Safari', /\bVersion\/(\d{1,4})\b.* (?:Mobile\/\w+ )?Safari\//],
  ['Internet Explorer', /\bTrident\/.*\brv:(\d{1,4})|\bMSIE (\d{1,4})/]
]

const SYSTEMS: ReadonlyArray<readonly [name: string, pattern: RegExp]> = [
  ['iPhone', /\biPhone\b/], ['iPad', /\biPad\b/], ['Android', /\bAndroid\b/], ['ChromeOS', /\bCrOS\b/],
  ['Windows', /\bWindows\b/], ['macOS', /\bMacintosh\b/], ['Linux', /\bLinux\b/]
]

/** Matches the web view of an app, on Android and on iOS. The app may leave its name out. */
const IN_APP = /; wv\)|\b(?:iPhone|iPad)\b(?!.*(?:Safari|CriOS|FxiOS|EdgiOS|OPT)\/).*AppleWebKit\//

/** Matches a bot with its version. Without a version, the word may be CUBOT, a maker of phones. */
const BOT = /\b([\w-]{0,30}(?:bot|spider|crawler))\/v?(\d{1,4})/i

/** Matches a program that begins with its name: curl/8.5.0, python-requests/2.32.3. */
const PROGRAM = /^(?!Mozilla\/)([\w.-]{1,30})\/v?(\d{1,4})/

/** Characters of a user agent that are read. A stranger chose its length. */
const MOST_READ = 512

const LONGEST = 40

/** Names the browser of a user agent: "Chrome 156 on Linux". An unknown user agent is cut. */
export function browserName (userAgent: string): string {
  const text = userAgent.slice(0, MOST_READ)
  const bot = BOT.exec(text)
  if (bot !== null) return `${bot[1]} ${bot[2]}`
  const name = nameOf(text)
  if (name === undefined) return cut(userAgent)
  const system = SYSTEMS.find(([, pattern]) => pattern.test(text))
  return system === undefined ? name : `${name} on ${system[0]}`
}

function nameOf (text: string): string | undefined {
  const program = PROGRAM.exec(text)
  if (program !== null) return `${program[1]} ${program[2]}`
  const [browser] = BROWSERS.flatMap(([name, pattern]) => {
    const match = pattern.exec(text)
    return match === null ? [] : `${name} ${match[1] ?? match[2]}`
  })
  if (!IN_APP.test(text)) return browser
  return browser === undefined ? 'App' : `App (${browser})`
}

function cut (text: string): string {
  const characters = [...text]
  return characters.length <= LONGEST ? text : `${characters.slice(0, LONGEST - 1).join('')}…`
}
