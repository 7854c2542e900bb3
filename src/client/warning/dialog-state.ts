/** The session's demand on the dialog: none, an answer, one look (no action helps), or its end. */
export type Wanted = 'nothing' | 'answer' | 'look' | 'end'

/** The state of the dialog, which differs from the session's. */
export interface DialogState {
  /**
   * `staying`: the session goes on, and the dialog says so to a person who uses it. `read`: the person closed
   * it.
   */
  readonly phase: 'closed' | 'asking' | 'staying' | 'read'
  /** True while the first button waits for its answer. */
  readonly isAnswering: boolean
  readonly isSigningOut: boolean
  /** The action that failed when it was last asked for. */
  readonly failed: 'answer' | 'signOut' | null
}

export type DialogEvent =
  /** The session or the time demands something. `isUsed`: the person of this tab uses the dialog. */
  | { readonly type: 'wanted', readonly wanted: Wanted, readonly isUsed: boolean }
  /** The first button, or Escape. `isFinal`: no answer will come. */
  | { readonly type: 'answer', readonly isFinal: boolean }
  | { readonly type: 'signOut' }
  | { readonly type: 'settled', readonly what: 'answer' | 'signOut', readonly isDone: boolean }

export const CLOSED: DialogState = { phase: 'closed', isAnswering: false, isSigningOut: false, failed: null }

export function next (state: DialogState, event: DialogEvent): DialogState {
  switch (event.type) {
    case 'wanted': return afterChange(state, event.wanted, event.isUsed)
    case 'answer': {
      if (!event.isFinal) return { ...state, isAnswering: true, failed: null }
      return { ...CLOSED, phase: state.phase === 'asking' ? 'read' : 'closed' }
    }
    case 'signOut': return { ...state, isSigningOut: true, failed: null }
    case 'settled': {
      // This result belongs to an earlier warning.
      if (state.phase === 'closed') return state
      const isUnderWay = event.what === 'answer' ? { isAnswering: false } : { isSigningOut: false }
      return { ...state, ...isUnderWay, failed: event.isDone ? state.failed : event.what }
    }
  }
}

function afterChange (state: DialogState, wanted: Wanted, isUsed: boolean): DialogState {
  const { phase, isAnswering, isSigningOut, failed } = state
  if (wanted === 'look' && phase === 'read') return state
  if (wanted === 'answer' || wanted === 'look') return { ...state, phase: 'asking' }
  const isOpen = phase === 'asking' || phase === 'staying'
  // The dialog reports a failed sign-out, even if the session goes on. It says nothing after a successful answer.
  const isKept = isOpen && wanted === 'nothing' &&
    (isSigningOut || failed === 'signOut' || (isUsed && !isAnswering))
  return isKept ? { ...state, phase: 'staying' } : CLOSED
}
