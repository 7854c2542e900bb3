/* global document, fetch */

// Keeps the panel of the home page up to date, and polls when asked to. Both happen without a person: the server
// lists their addresses in `passiveUrls`, and neither keeps the session alive.

const panel = document.querySelector('#panel')
const poll = document.querySelector('#poll')
const answer = document.querySelector('#unread')
let polls = 0

setInterval(refresh, 1000)

async function refresh () {
  try {
    panel.innerHTML = await textOf('/panel')
    if (poll.checked && secondsLeft() > 1) answer.value = `${await textOf('/api/unread')} unread, asked ${++polls} times`
  } catch {
    // The server is out of reach: the next second tries again.
  }
}

async function textOf (url) {
  const response = await fetch(url)
  return await response.text()
}

function secondsLeft () {
  return Number(panel.firstElementChild?.dataset.expiresIn ?? 0)
}
