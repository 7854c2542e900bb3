/* global document, setInterval */

// Counts down to the warning and to the end, by the monitor that runs in this page. It asks the server nothing.

const { monitor } = await import(document.querySelector('script[data-ping-url]').src)
const strip = document.querySelector('.next')
const [warning, end] = strip.querySelectorAll('b')
const progress = strip.querySelector('progress')

setInterval(show, 250)

function show () {
  const { warnAfter, expireAfter } = monitor.getSnapshot()
  const left = monitor.expiresInMs() / 1000
  if (!Number.isFinite(left)) return // not known yet
  const untilWarning = left - (expireAfter - warnAfter)
  const warns = untilWarning <= 0
  warning.parentElement.hidden = warns
  write(warning, `in ${Math.ceil(untilWarning)} s`)
  write(end, `in ${Math.ceil(left)} s`)
  progress.value = left / expireAfter
  strip.classList.toggle('warns', warns)
}

function write (element, text) {
  if (element.textContent !== text) element.textContent = text
}
