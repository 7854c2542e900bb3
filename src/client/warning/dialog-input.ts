import type { DialogUse } from './dialog-use.ts'
import { distanceOf } from './dialog-use.ts'
import type { Presses } from './presses.ts'
import type { TopLayer } from './top-layer.ts'
import type { TypingGuard } from './typing-guard.ts'

/** Events on the dialog that must not reach the page. */
const ENDS_HERE = [
  'keydown', 'keyup', 'keypress', 'pointerdown', 'pointerup', 'mousedown', 'mouseup', 'touchstart', 'touchend', 'click',
  'dblclick', 'auxclick', 'contextmenu', 'focus', 'focusin', 'blur', 'focusout'
]

const FOLLOWED = [...ENDS_HERE, 'pointermove', 'pointerout', 'pointercancel']

export interface DialogInput {
  readonly dialog: HTMLDialogElement
  readonly layer: TopLayer
  readonly guard: TypingGuard
  readonly use: DialogUse
  readonly presses: Presses
  readonly signal: AbortSignal
  isAsking (): boolean
  /** Runs when a person presses a button or Escape, or beside the dialog. */
  press (what: Element | 'escape' | 'beside'): void
  /** Runs when a press may be over. */
  release (): void
}

/**
 * Listens to pointers and keys before the page does. It stops the events of the dialog, so that they reach no shortcut
 * and no focus trap of the page. So it also presses the dialog's own buttons.
 */
export function listenToInput (
  { dialog, layer, guard, use, presses, signal, isAsking, press, release }: DialogInput
): void {
  function onInput (event: Event): void {
    const { type } = event
    const nowMs = performance.now()
    const isKey = type.startsWith('key')
    // Browsers that fill in a form dispatch a keyboard event without a key.
    if (isKey && (event as KeyboardEvent).key === undefined) return
    const isOn = layer.isOpen && (event.composedPath().includes(dialog) || (isKey && layer.isModal))
    const isBlind = isOn && isKey && layer.isModal && guard.takes(event as KeyboardEvent)
    const isStray = !isBlind && presses.follow(event as MouseEvent, isOn, nowMs)
    if (type === 'pointermove' || type === 'pointerdown' || type === 'pointerout') {
      use.pointer(event as PointerEvent, layer.isOpen ? dialog : null, isAsking())
    }
    if (isOn && ENDS_HERE.includes(type)) {
      event.stopImmediatePropagation()
      if (type === 'focusin') layer.focused = event.target as HTMLElement
      if (isStray) event.preventDefault()
      else if (!isBlind) act(event)
    }
    if (/up$|click$|cancel$/.test(type)) release()
  }

  function act (event: Event): void {
    if (event.type === 'keydown') {
      use.key(event as KeyboardEvent)
      if ((event as KeyboardEvent).key !== 'Escape') return
      event.preventDefault()
      press('escape')
    } else if (event.type === 'click') {
      const button = event.composedPath().find(element => element instanceof HTMLButtonElement)
      if (button !== undefined) press(button as Element)
      else if (distanceOf(event as MouseEvent, dialog) > 0) press('beside')
    }
  }

  // A caller may start the monitor in the same turn. The monitor must hear all of this first.
  queueMicrotask(() => {
    for (const type of FOLLOWED) addEventListener(type, onInput, { capture: true, signal })
  })
}
