import { useEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import { useSessionWarning } from 'fastify-session-security/client/react'

/** The warning. It stands beside <body>, which the monitor hides at the end, and still says why. */
export function Warning () {
  const warning = useSessionWarning()
  const place = usePlaceBesideBody()
  return warning !== null && place !== null && createPortal(<Dialog {...warning} />, place)
}

function Dialog ({ title, text, note, answerLabel, signOutLabel, isBusy, answer, signOut }) {
  const dialog = useRef(null)
  useEffect(() => {
    dialog.current.showModal()
    return () => dialog.current?.close()
  }, [])
  return (
    <dialog
      ref={dialog} className='warning card' role='alertdialog' aria-labelledby='warning-title'
      aria-describedby='warning-text' onCancel={event => { event.preventDefault(); answer() }}
    >
      <h2 id='warning-title'>{title}</h2>
      <p id='warning-text'>{text} {note}</p>
      <div className='buttons'>
        <button autoFocus disabled={isBusy} onClick={answer}>{answerLabel}</button>
        {signOutLabel !== null && <button className='quiet' disabled={isBusy} onClick={signOut}>{signOutLabel}</button>}
      </div>
    </dialog>
  )
}

function usePlaceBesideBody () {
  const [place, setPlace] = useState(null)
  useEffect(() => {
    const element = document.createElement('div')
    element.setAttribute('data-session-warning', '') // the monitor hides the rest of the page, and not this
    document.documentElement.append(element)
    setPlace(element)
    return () => element.remove()
  }, [])
  return place
}
