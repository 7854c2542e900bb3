/* global addEventListener, document, fetch, location */

// A complete timer of your own. Its one rule: send the idle seconds, adopt the answer.
// It knows no timeouts: the server says when to warn and when the session has ended.

const FEW_SECONDS = 2
const dialog = document.querySelector('#session-warning')
const countdown = dialog.querySelector('[role=timer]')
const button = dialog.querySelector('button')
const seconds = new Intl.NumberFormat('en', { style: 'unit', unit: 'second', unitDisplay: 'long' })

let view = { state: 'active' } // the server's last answer
let endsAt = Infinity
let lastActivity = Date.now()
let lastPing = 0
let nextPing = Date.now() + FEW_SECONDS * 1000

for (const event of ['click', 'input', 'keydown', 'pointermove', 'touchstart', 'wheel']) {
  addEventListener(event, () => { lastActivity = Date.now() }, { capture: true, passive: true })
}
addEventListener('pageshow', ping) // also when the Back button brings the page back as it was
addEventListener('visibilitychange', () => { if (!document.hidden) ping() }) // timers are slow in a hidden tab
setInterval(tick, 250)

function tick () {
  if (view.state === 'ended') return
  const now = Date.now()
  const isUrgent = view.state === 'warning' && view.extendable
  const isNews = lastActivity > lastPing && (isUrgent || now >= lastPing + FEW_SECONDS * 1000)
  if (isNews || now >= nextPing) ping()
  showTimeLeft()
}

async function ping () {
  lastPing = Date.now()
  nextPing = lastPing + FEW_SECONDS * 1000 // if no answer comes
  const idleFor = Math.max(0, lastPing - lastActivity) / 1000
  const answer = await fetch(`/session_security/ping?idleFor=${idleFor}`)
    .then(response => response.ok ? response.json() : null).catch(() => null)
  if (answer !== null) adopt(answer)
  else document.body.hidden = Date.now() > endsAt // without an answer, the last one counts
}

function adopt (answer) {
  const isFirstWarning = answer.state === 'warning' && view.state !== 'warning'
  view = answer
  document.body.hidden = view.state === 'ended'
  if (view.state === 'ended') return leave()
  endsAt = Date.now() + view.expiresIn * 1000
  nextPing = Date.now() + Math.min(view.warnsIn || FEW_SECONDS, view.expiresIn) * 1000
  button.textContent = view.extendable ? 'Stay signed in' : 'Close'
  showTimeLeft()
  if (isFirstWarning) dialog.showModal()
  if (view.state === 'active') dialog.close()
}

function leave () {
  const query = new URLSearchParams({ next: location.pathname, reason: view.reason })
  location.replace(`/login?${query}`)
}

function showTimeLeft () {
  countdown.textContent = seconds.format(Math.max(0, Math.ceil((endsAt - Date.now()) / 1000)))
}
