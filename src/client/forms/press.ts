import { listen } from './dom.ts'

/** A touch is let go of before the click that comes of it. */
const CLICK_MS = 100

/** Waits with what moves the page until nobody presses anything: a button that moves under a finger is not clicked. */
export function watchPress (signal: AbortSignal): { whenReleased (run: () => void): void } {
  let isPressed = false
  let waiting: Array<() => void> = []
  let timer: ReturnType<typeof setTimeout> | undefined

  function release (): void {
    isPressed = false
    const due = waiting
    waiting = []
    for (const run of due) run()
  }

  listen(['pointerdown'], signal, () => {
    clearTimeout(timer)
    isPressed = true
  })
  listen(['pointerup', 'pointercancel', 'blur'], signal, ({ type, target }) => {
    // Among the fields, a blur is no end of a press; that of the window is.
    if (type === 'blur' && target !== window) return
    clearTimeout(timer)
    timer = setTimeout(release, CLICK_MS)
  })
  return {
    whenReleased (run) {
      if (isPressed) waiting.push(run)
      else run()
    }
  }
}
