import type { ReactElement } from 'react'
import { StrictMode, createElement as h } from 'react'
import { SessionSecurityProvider, useSessionSecurity, useSessionWarning } from '../../../src/client/react.ts'

const OPTIONS = { pingUrl: '/session_security/ping', signOutUrl: '/sign-out', extendBy: 'button' } as const

function Warning (): ReactElement | null {
  const warning = useSessionWarning()
  if (warning === null) return null
  const { title, text, answerLabel, signOutLabel, isBusy, answer, signOut } = warning
  return h('div', { role: 'alert', 'aria-label': title }, h('p', null, text),
    h(
      'button', { disabled: isBusy, onClick: answer }, answerLabel
    ), signOutLabel !== null && h('button', { onClick: signOut }, signOutLabel))
}

function State (): ReactElement {
  const { state } = useSessionSecurity()
  return h('p', { 'data-state': state }, state)
}

/** The page, the same on the server and in the browser. */
export function ReactPage (): ReactElement {
  return h(StrictMode, null, h(SessionSecurityProvider, { options: OPTIONS }, h(State), h(Warning)))
}
