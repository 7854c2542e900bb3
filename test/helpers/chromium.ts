import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { chromium } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync']

/** Whoever comes second finds it installed. The lock goes with the process that holds it. */
const INSTALL = 'command -v chromium || { apt-get update && apt-get install -y --no-install-recommends chromium; }'

/** Starts a headless Chromium: that of CHROMIUM_PATH, or the system's. Debian's root installs it where there is none. */
export async function launchBrowser (): Promise<Browser> {
  return await chromium.launch({ executablePath: findChromium() ?? await installChromium(), args: ARGS })
}

function findChromium (): string | undefined {
  const { CHROMIUM_PATH, PATH = '' } = process.env
  if (CHROMIUM_PATH !== undefined && CHROMIUM_PATH !== '') return CHROMIUM_PATH
  const folders = ['/usr/bin', ...PATH.split(delimiter)]
  return NAMES.flatMap(name => folders.map(folder => join(folder, name))).find(isExecutable)
}

async function installChromium (): Promise<string> {
  const isRoot = process.getuid?.() === 0
  if (isRoot && isExecutable('/usr/bin/apt-get')) {
    await promisify(execFile)('flock', [join(tmpdir(), 'install-chromium.lock'), 'sh', '-c', INSTALL], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, maxBuffer: 2 ** 26
    })
  }
  const path = findChromium()
  if (path === undefined) throw new Error('These tests need a Chromium: install the package "chromium", or name one in CHROMIUM_PATH.')
  return path
}

function isExecutable (path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
