import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { Readable } from 'node:stream'
import { programOf } from './debian-program.ts'
import type { BrowserKind, Driver } from './driver.ts'
import { CALL_MS, PATIENCE_MS, within } from './driver.ts'
import { descendants, endProgram, startProgram } from './processes.ts'
import { WebDriver } from './webdriver.ts'
import { WebDriverTab } from './webdriver-tab.ts'

const ENVIRONMENT = {
  GDK_BACKEND: 'x11',
  WEBKIT_DISABLE_COMPOSITING_MODE: '1',
  LIBGL_ALWAYS_SOFTWARE: '1',
  NO_AT_BRIDGE: '1'
}

/** The MiniBrowser of WebKitGTK. It needs a screen, and Xvfb is one without glass. */
export const webkit: BrowserKind = {
  name: 'WebKit',
  async launch (): Promise<Driver> {
    const xvfb = await programOf(['Xvfb'], 'xvfb')
    const path = await programOf(['WebKitWebDriver'], 'webkit2gtk-driver')
    const args = ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp']
    const screen = startProgram(xvfb, args, { pipes: 1 })
    const display = await firstLine(screen.stdio[3])
    const env = { ...process.env, ...ENVIRONMENT, DISPLAY: `:${display}` }
    let driver: ChildProcess | undefined
    return {
      async visit () {
        // A driver takes no other call after one that hung: each visit has a driver and a MiniBrowser of its own.
        if (driver !== undefined) await endProgram(driver)
        const port = await freePort()
        driver = startProgram(path, ['--host=127.0.0.1', `--port=${port}`], { env })
        const http = new WebDriver(`http://127.0.0.1:${port}`)
        await ready(http)
        const session = await http.call('POST', '/session', { capabilities: {} })
        const { sessionId: id } = Object(session) as { readonly sessionId: string }
        const handle = String(await http.call('GET', `/session/${id}/window`))
        return new WebDriverTab({ http, id, current: handle }, handle)
      },
      processes: () => descendants(driver?.pid ?? 0),
      async close () {
        if (driver !== undefined) await endProgram(driver)
        await endProgram(screen)
      }
    }
  }
}

async function ready (http: WebDriver): Promise<void> {
  const end = Date.now() + PATIENCE_MS
  while (await http.call('GET', '/status').catch(() => null) === null) {
    if (Date.now() > end) throw new Error('WebKitWebDriver does not answer')
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** Reads what a program writes first: Xvfb writes the number of its display. */
async function firstLine (stream: unknown): Promise<string> {
  if (!(stream instanceof Readable)) throw new Error('Xvfb has no pipe to write to')
  const [data] = await within(CALL_MS, 'the start of Xvfb', once(stream, 'data'))
  return String(data).trim()
}

async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
