import { createPortal } from 'react-dom'
import { SessionSecurityProvider, useSessionWarning } from 'fastify-session-security/client/react'
import 'fastify-session-security/client.css' // hides the page while the session may be over

let place

/** Returns an element beside <body>. It stays while the page is hidden. */
function besideBody () {
  if (place === undefined) {
    place = document.createElement('div')
    place.toggleAttribute('data-session-warning', true)
    document.documentElement.append(place)
  }
  return place
}

function Warning () {
  const warning = useSessionWarning()
  if (warning === null) return null
  const { title, text, note, answerLabel, signOutLabel, isBusy, answer, signOut } = warning
  return createPortal(
    <div id='warning' role='alertdialog' aria-label={title}>
      <p>{text} {note}</p>
      <button onClick={answer} disabled={isBusy}>{answerLabel}</button>
      {signOutLabel !== null && <button onClick={signOut} disabled={isBusy}>{signOutLabel}</button>}
    </div>, besideBody())
}

export function App ({ children }) {
  return (
    <SessionSecurityProvider
      options={{ pingUrl: '/session_security/ping', signOutUrl: '/api/sign-out', extendBy: 'button' }}
    >
      {children}
      <Warning />
    </SessionSecurityProvider>
  )
}
