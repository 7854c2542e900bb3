import { useEffect, useState } from 'react'
import { SessionSecurityProvider } from 'fastify-session-security/client/react'
import { Reports } from './reports.jsx'
import { request } from './request.js'
import { SignIn } from './sign-in.jsx'
import { Warning } from './warning.jsx'

export function App () {
  const [me, setMe] = useState(null) // the answer of /api/me

  async function load () {
    const { ok, body } = await request('GET', '/api/me')
    if (ok) setMe(body)
  }

  /** The sign-in takes the place of the page, and the page comes back after it. The browser loads nothing anew. */
  function onEnd (reason) {
    if (reason === 'otherUser') load()
    else setMe({ user: null, reason })
  }

  useEffect(() => { load() }, [])

  if (me === null) return null
  if (me.user === null) return <SignIn reason={me.reason} onDone={load} />
  const { draftKey, ...page } = me.page
  const options = {
    ...page, pingUrl: '/session_security/ping', signOutUrl: '/api/sign-out', extendBy: 'button', onEnd
  }
  // Each session has a tag of its own. So React makes a new monitor for a new session.
  return (
    <SessionSecurityProvider key={page.tag} options={options}>
      <Reports user={me.user} draftKey={draftKey} />
      <Warning />
    </SessionSecurityProvider>
  )
}
