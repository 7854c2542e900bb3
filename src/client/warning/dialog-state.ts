/** What the session wants of the dialog: nothing, an answer, one look (nothing can be done), or its end. */
export type Wanted = 'nothing' | 'answer' | 'look' | 'end'

/** The life of the dialog, which is not the session's. */
export interface DialogState {
  /** `staying`: the session goes on, which the person whose hand is at the dialog is told. `read`: closed by them. */
  readonly phase: 'closed' | 'asking' | 'staying' | 'read'
  /** Whether the answer to the first button is under way. */
  readonly isAnswering: boolean
  readonly isSigningOut: boolean
  /** What did not succeed when it was asked for last. */
  readonly failed: 'answer' | 'signOut' | null
}

export type DialogEvent =
  /** The session, or the time, has come to this. `isHandThere`: whether the hand of this tab's person is at the dialog. */
  | { readonly type: 'told', readonly wanted: Wanted, readonly isHandThere: boolean }
  /** The first button, or Escape. `isFinal`: there is nothing to wait for. */
  | { readonly type: 'answer', readonly isFinal: boolean }
  | { readonly type: 'signOut' }
  | { readonly type: 'settled', readonly what: 'answer' | 'signOut', readonly isDone: boolean }

export const CLOSED: DialogState = { phase: 'closed', isAnswering: false, isSigningOut: false, failed: null }

export function next (state: DialogState, event: DialogEvent): DialogState {
  switch (event.type) {
    case 'told': return told(state, event.wanted, event.isHandThere)
    case 'answer': {
      if (!event.isFinal) return { ...state, isAnswering: true, failed: null }
      return { ...CLOSED, phase: state.phase === 'asking' ? 'read' : 'closed' }
    }
    case 'signOut': return { ...state, isSigningOut: true, failed: null }
    case 'settled': {
      // Too late: what was asked for in another warning is of no interest in this one.
      if (state.phase === 'closed') return state
      const isUnderWay = event.what === 'answer' ? { isAnswering: false } : { isSigningOut: false }
      return { ...state, ...isUnderWay, failed: event.isDone ? state.failed : event.what }
    }
  }
}

function told (state: DialogState, wanted: Wanted, isHandThere: boolean): DialogState {
  const { phase, isAnswering, isSigningOut, failed } = state
  if (wanted === 'look' && phase === 'read') return state
  if (wanted === 'answer' || wanted === 'look') return { ...state, phase: 'asking' }
  const isOpen = phase === 'asking' || phase === 'staying'
  // A sign-out that fails is said, whatever became of the session meanwhile. An answer that was given needs no word.
  const isKept = isOpen && wanted === 'nothing' &&
    (isSigningOut || failed === 'signOut' || (isHandThere && !isAnswering))
  return isKept ? { ...state, phase: 'staying' } : CLOSED
}
