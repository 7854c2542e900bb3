// Does what script.js of django-session-security does, without jQuery and looks. It knows both times itself, asks for
// idle seconds when the nearer of them comes, and believes the answer.

const { warnAfter, expireAfter, pingUrl } = document.querySelector('#session_security_warning').dataset
const warning = document.querySelector('#session_security_warning')
let lastActivity = new Date()
let timeout

for (const event of ['mousemove', 'scroll', 'keyup', 'click', 'touchstart', 'touchend', 'touchmove']) {
  document.addEventListener(event, activity)
}
apply()

function activity () {
  const now = new Date()
  if (now - lastActivity < 1000) return
  const idleFor = Math.floor((now - lastActivity) / 1000)
  lastActivity = now
  if (idleFor >= Number(expireAfter)) return expire()
  if (!warning.hidden) ping()
  warning.hidden = true
}

async function ping () {
  const idleFor = Math.floor((new Date() - lastActivity) / 1000)
  try {
    const response = await fetch(`${pingUrl}?${new URLSearchParams({ idleFor, _: Date.now() })}`)
    pong(await response.json())
  } catch {
    apply()
  }
}

function pong (data) {
  if (data === 'logout') return expire()
  lastActivity = new Date()
  lastActivity.setSeconds(lastActivity.getSeconds() - data)
  apply()
}

function apply () {
  clearTimeout(timeout)
  const idleFor = Math.floor((new Date() - lastActivity) / 1000)
  if (idleFor >= Number(expireAfter)) return expire()
  warning.hidden = idleFor < Number(warnAfter)
  const nextPing = (warning.hidden ? Number(warnAfter) : Number(expireAfter)) - idleFor
  timeout = setTimeout(ping, Math.min(nextPing * 1000, 2147483647))
}

function expire () {
  location.reload()
}
