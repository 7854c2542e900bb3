import { useEffect, useRef, useState } from 'react'
import { request } from './request.js'

const REASONS = {
  idle: 'You were signed out because nobody used this page for a while. What you typed has been kept.',
  absolute: 'You were signed out because the session had lasted as long as one may.',
  logout: 'You signed out.',
  revoked: 'An administrator signed you out.',
  displaced: 'You were signed out because you signed in elsewhere.'
}

export function SignIn ({ reason, onDone }) {
  const name = useRef(null)
  const [problem, setProblem] = useState(REASONS[reason])

  // React renders this while the page is still hidden, so `autoFocus` would do nothing.
  useEffect(() => { name.current.focus() }, [])

  // Another tab may have signed in meanwhile.
  useEffect(() => {
    window.addEventListener('focus', onDone)
    return () => window.removeEventListener('focus', onDone)
  })

  async function signIn (event) {
    event.preventDefault()
    const { ok, body } = await request('POST', '/api/sign-in', Object.fromEntries(new FormData(event.target)))
    if (ok) onDone()
    else setProblem(body.message)
  }

  return (
    <main className='narrow'>
      <h1>Sign in</h1>
      {problem && <p className='note' role='alert'>{problem}</p>}
      <form className='card' onSubmit={signIn}>
        <label>Name <input name='name' autoComplete='username' required ref={name} /></label>
        <label>Password <input name='password' type='password' autoComplete='current-password' required /></label>
        <button>Sign in</button>
      </form>
    </main>
  )
}
