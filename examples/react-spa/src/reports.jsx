import { useEffect, useState } from 'react'
import { guardForms } from 'fastify-session-security/client'
import { useSessionSecurity } from 'fastify-session-security/client/react'
import { request } from './request.js'

export function Reports ({ user, draftKey }) {
  const { monitor, expireAfter } = useSessionSecurity()
  const [reports, setReports] = useState([])
  const [problem, setProblem] = useState(null)

  // The guard keeps what a person types, encrypted, and offers it to the same person in the same place.
  useEffect(() => {
    const guard = guardForms(monitor, { draftKey })
    return () => guard.destroy()
  }, [monitor, draftKey])

  useEffect(() => { ask('GET').then(show) }, [])

  /** The server answers 401 when the session is over. Then the monitor asks at once, and calls `onEnd`. */
  async function ask (method, data) {
    const answer = await request(method, '/api/reports', data)
    if (answer.status === 401) await monitor.check()
    return answer
  }

  function show ({ ok, body }) {
    if (ok) setReports(body)
    setProblem(ok ? null : body.message)
    return ok
  }

  async function send (event) {
    event.preventDefault()
    const form = event.target
    const isSaved = show(await ask('POST', Object.fromEntries(new FormData(form))))
    if (!isSaved) return
    form.dispatchEvent(new CustomEvent('session-saved', { bubbles: true })) // the draft is needed no more
    form.reset()
  }

  function signOut (event) {
    event.preventDefault()
    monitor.signOut().catch(() => setProblem('You could not be signed out. Please try again.'))
  }

  return (
    <>
      <header>
        <div>
          <nav><strong>Reports</strong></nav>
          <form onSubmit={signOut}>
            <span>{user}</span><button className='quiet'>Sign out</button>
          </form>
        </div>
      </header>
      <main>
        <h1>New report</h1>
        {problem && <p className='note' role='alert'>{problem}</p>}
        <form className='card columns' id='report' onSubmit={send}>
          <label className='wide'>Subject <input name='subject' required /></label>
          <label>Date <input name='date' type='date' /></label>
          <label>Place <input name='place' /></label>
          <label className='wide'>What happened <textarea name='account' /></label>
          <button>Send the report</button>
        </form>
        {reports.length > 0 && (
          <section className='card'>
            <h2>Your reports</h2>
            <ul>{reports.map((subject, index) => <li key={index}>{subject}</li>)}</ul>
          </section>
        )}
        <p className='hint'>For your security, you are signed out after {expireAfter} seconds without activity.</p>
      </main>
    </>
  )
}
