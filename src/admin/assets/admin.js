/* global addEventListener, document, fetch, setTimeout, clearTimeout, URLSearchParams */

// Keeps the times on the page up to date. The page is complete without this script.
// Its requests are passive: the session of the operator ends while the page is left open.

const EVERY_MS = 5000
const main = document.querySelector('main')
const rows = new Map([...document.querySelectorAll('[data-handle]')].map(row => [row.dataset.handle, row]))
let timer

const all = document.querySelector('[data-choose-all]')
if (all !== null) {
  const box = all.querySelector('input')
  const boxes = () => [...document.querySelectorAll('.pick input')]
  all.hidden = false
  box.addEventListener('change', () => { for (const one of boxes()) one.checked = box.checked })
  for (const one of boxes()) {
    one.addEventListener('change', () => { box.checked = boxes().every(({ checked }) => checked) })
  }
}

if (rows.size > 0) {
  addEventListener('pageshow', ask)
  addEventListener('visibilitychange', ask) // a hidden tab asks nothing
}

async function ask () {
  clearTimeout(timer)
  if (document.hidden) return
  const query = new URLSearchParams([...rows.keys()].map(handle => ['handle', handle]))
  const answer = await fetch(`${main.dataset.live}?${query}`, { redirect: 'manual' }).catch(() => null)
  if (answer !== null && (answer.type === 'opaqueredirect' || [401, 403].includes(answer.status))) return conceal()
  const sessions = answer?.ok ? await answer.json().catch(() => ({})) : {}
  for (const [handle, words] of Object.entries(sessions)) show(rows.get(handle), words)
  clearTimeout(timer) // two calls at a time set one timer
  timer = setTimeout(ask, EVERY_MS)
}

function show (row, words) {
  for (const element of row.querySelectorAll('[data-word]')) element.textContent = words[element.dataset.word]
  if (words.isLive) return
  row.querySelector('.badge.live')?.classList.replace('live', 'ended')
  row.querySelector('form')?.remove()
  row.querySelector('.pick label')?.remove()
}

/** Hides the sessions from the next person at the screen. Loading a page instead would be activity. */
function conceal () {
  document.body.querySelector('header').hidden = true
  main.remove()
  document.querySelector('#over').hidden = false
}
