import { launchBrowser } from '../helpers/chromium.ts'

/** As in `playwright-core`, with the Chromium of the machine. */
export const chromium = { launch: launchBrowser }
