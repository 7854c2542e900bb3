import type { Tab } from './driver.ts'
import { PATIENCE_MS } from './driver.ts'

/** Moves as a hand does. It passes over many places, rests, and holds buttons and keys. */
const STEPS = 12
const STEP_MS = 16
const AIM_MS = 250
const PRESS_MS = 90
const KEY_MS = 40

/** An expression for the warning while it stands. */
export const WARNING = "document.querySelector('dialog[role=alertdialog][open]')"

/** An expression for the monitor of a page, once the page has `settled`. */
export const MONITOR = 'globalThis.monitorOfPage'

/** An expression for the visible button or link with this text. */
export function named (text: string): string {
  return '[...document.querySelectorAll("button, a")]' +
    `.find(it => it.textContent.trim() === ${JSON.stringify(text)} && it.checkVisibility())`
}

export function rest (ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/** Waits until an expression holds in the page, whichever page the tab shows by then. */
export async function until (tab: Tab, expression: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS
  // Between two documents a browser has nothing that could be asked.
  while (await tab.read(`Boolean(${expression})`).catch(() => false) !== true) {
    if (Date.now() > end) {
      const url = await tab.read('location.href').catch(String)
      throw new Error(`waited in vain for ${expression}, at ${String(url)}`)
    }
    await rest(25)
  }
}

/** Waits until the monitor of the page knows its session: before, it hears of nothing. */
export async function settled (tab: Tab): Promise<void> {
  const script = 'document.querySelector("script[data-ping-url]")'
  await until(tab, script)
  await tab.read(`void import(${script}.src).then(({ monitor }) => { ${MONITOR} = monitor })`)
  await until(tab, `${MONITOR}?.tag != null && ${MONITOR}.expiresInMs() < Infinity`)
}

/** Moves from the upper left to the middle of an element, and rests there. */
export async function moveTo (tab: Tab, element: string): Promise<void> {
  const [x, y] = await middleOf(tab, element)
  for (let step = 1; step <= STEPS; step++) {
    const part = step / STEPS
    await tab.move(5 + (x - 5) * part, 5 + (y - 5) * part)
    await rest(STEP_MS)
  }
  await rest(AIM_MS)
}

/** Moves to an element and presses there, wherever that element is by then. */
export async function click (tab: Tab, element: string, pressMs = PRESS_MS): Promise<void> {
  await until(tab, element)
  await moveTo(tab, element)
  await tab.button(true)
  await rest(pressMs)
  await tab.button(false)
}

export async function type (tab: Tab, text: string): Promise<void> {
  for (const letter of text) {
    await tab.press(letter)
    await rest(KEY_MS)
  }
}

async function middleOf (tab: Tab, element: string): Promise<[x: number, y: number]> {
  const box = await tab.read(`JSON.stringify((${element}).getBoundingClientRect())`)
  const { x, y, width, height } = JSON.parse(String(box)) as Record<'x' | 'y' | 'width' | 'height', number>
  return [x + width / 2, y + height / 2]
}
