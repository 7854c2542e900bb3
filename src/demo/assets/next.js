/* global document, setInterval */

// Counts down to the warning and to the end, by the monitor that runs in this page. It asks the server nothing.

const { monitor } = await import(document.querySelector('script[data-ping-url]').src)
const strip = document.querySelector('.next')
const [warning, end] = strip.querySelectorAll('b')
const untilWarning = strip.querySelector('[data-until-warning]')
const progress = strip.querySelector('progress')

setInterval(show, 250)

function show () {
  const { warnAfter, expireAfter } = monitor.getSnapshot()
  const left = monitor.expiresInMs() / 1000
  if (!Number.isFinite(left)) return // not known yet
  const warnsIn = left - (expireAfter - warnAfter)
  untilWarning.hidden = warnsIn <= 0
  write(warning, `in ${Math.ceil(warnsIn)} s`)
  write(end, `in ${Math.ceil(left)} s`)
  progress.value = left / expireAfter
  strip.classList.toggle('warns', warnsIn <= 0)
}

function write (element, text) {
  if (element.textContent !== text) element.textContent = text
}
