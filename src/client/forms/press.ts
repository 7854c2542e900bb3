import { listen } from '../listen.ts'

/** Milliseconds between the end of a touch and its click. */
const CLICK_MS = 100

/**
 * Delays changes that move the page until nobody presses anything. A person cannot click a button that moves under
 * their finger.
 */
export function watchPress (signal: AbortSignal): { whenReleased (run: () => void): void } {
  let isPressed = false
  let waiting: Array<() => void> = []
  let timer: ReturnType<typeof setTimeout> | undefined

  function release (): void {
    isPressed = false
    const runs = waiting
    waiting = []
    for (const run of runs) run()
  }

  listen('pointerdown', signal, () => {
    clearTimeout(timer)
    isPressed = true
  })
  listen('pointerup pointercancel blur', signal, ({ type, target }) => {
    // A blur of a field does not end a press; a blur of the window does.
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
