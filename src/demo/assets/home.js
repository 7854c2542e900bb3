/* global document, fetch, DOMParser */

// Keeps the server's view up to date, and polls when asked to. Both happen without a person: the server lists their
// addresses in `passiveUrls`, and neither extends the session. The button sends a request of a person.

const find = selector => document.querySelector(selector)
let asked = 0
let polls = 0

setInterval(refresh, 1000)
find('#ask').addEventListener('click', ask)

async function refresh () {
  try {
    const answer = new DOMParser().parseFromString(await textOf('/panel'), 'text/html')
    for (const { dataset: { part }, innerHTML } of answer.querySelectorAll('[data-part]')) {
      find(`[data-part=${part}]`).innerHTML = innerHTML
    }
    if (find('#poll').checked && secondsLeft() > 1) {
      find('#unread').value = `${await textOf('/api/unread')} unread, asked ${times(++polls)}`
    }
  } catch {
    // The server is out of reach. The script tries again in a second.
  }
}

async function ask () {
  const time = await textOf('/api/time').catch(() => 'No answer')
  find('#asked').value = `${time}, asked ${times(++asked)}`
  await refresh()
}

async function textOf (url) {
  const response = await fetch(url)
  return await response.text()
}

function times (count) {
  return count === 1 ? 'once' : `${count} times`
}

function secondsLeft () {
  return Number(find('[data-expires-in]')?.dataset.expiresIn ?? 0)
}
