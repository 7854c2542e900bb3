import { SessionSecurityProvider, useSessionWarning } from 'fastify-session-security/client/react'

const options = { pingUrl: '/session_security/ping', signOutUrl: '/api/sign-out', extendBy: 'button' }

function Warning () {
  const warning = useSessionWarning()
  if (warning === null) return null
  return (
    <div id='warning' role='alertdialog' aria-label={warning.title}>
      <p>{warning.text} {warning.note}</p>
      <button onClick={() => warning.answer()} disabled={warning.isBusy}>{warning.answerLabel}</button>
      <button onClick={() => warning.signOut()} disabled={warning.isBusy}>{warning.signOutLabel}</button>
    </div>
  )
}

export function App ({ children }) {
  return <SessionSecurityProvider options={options}>{children}<Warning /></SessionSecurityProvider>
}
