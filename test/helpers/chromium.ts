import type { Browser } from 'playwright-core'
import { chromium } from 'playwright-core'
import { findExecutable, installPackage } from './debian-package.ts'
import { COUNTING, isCounted } from './page-coverage.ts'

const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome']

/** The headless shell costs a third of a browser. It has no windows, and keeps no left page in memory. */
const SHELL = 'chromium-headless-shell'

export const ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'
]

/** Starts a headless Chromium. */
export async function launchBrowser (): Promise<Browser> {
  const args = isCounted() ? [...ARGS, ...COUNTING] : ARGS
  return await chromium.launch({ executablePath: await pathOf([SHELL, ...CHROMIUM], SHELL), args })
}

/** The path of a whole Chromium. */
export async function chromiumPath (): Promise<string> {
  return await pathOf(CHROMIUM, 'chromium')
}

/** The path of CHROMIUM_PATH, or that of the system. Debian's root installs it where there is none. */
async function pathOf (names: readonly string[], debianPackage: string): Promise<string> {
  const { CHROMIUM_PATH } = process.env
  if (CHROMIUM_PATH !== undefined && CHROMIUM_PATH !== '') return CHROMIUM_PATH
  return findExecutable(names) ?? await install(names, debianPackage)
}

async function install (names: readonly string[], debianPackage: string): Promise<string> {
  await installPackage(debianPackage, `command -v ${debianPackage}`)
  const path = findExecutable(names)
  if (path === undefined) {
    throw new Error('These tests need a Chromium: install the package "chromium", or name one in CHROMIUM_PATH.')
  }
  return path
}
