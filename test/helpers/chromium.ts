import type { Browser } from 'playwright-core'
import { chromium } from 'playwright-core'
import { findExecutable, installPackage } from './debian-package.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

export const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync']

/** Starts a headless Chromium. */
export async function launchBrowser (): Promise<Browser> {
  return await chromium.launch({ executablePath: await chromiumPath(), args: ARGS })
}

/** That of CHROMIUM_PATH, or the system's. Debian's root installs it where there is none. */
export async function chromiumPath (): Promise<string> {
  return findChromium() ?? await installChromium()
}

function findChromium (): string | undefined {
  const { CHROMIUM_PATH } = process.env
  return CHROMIUM_PATH !== undefined && CHROMIUM_PATH !== '' ? CHROMIUM_PATH : findExecutable(NAMES)
}

async function installChromium (): Promise<string> {
  await installPackage('chromium', 'command -v chromium')
  const path = findChromium()
  if (path === undefined) throw new Error('These tests need a Chromium: install the package "chromium", or name one in CHROMIUM_PATH.')
  return path
}
