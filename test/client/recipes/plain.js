import { createPinger } from 'fastify-session-security/client'

const ping = createPinger({ pingUrl: '/session_security/ping' })
const warning = document.querySelector('#warning')
let lastActivity = Date.now()
let timer

async function ask () {
  clearTimeout(timer)
  const view = await ping((Date.now() - lastActivity) / 1000).catch(() => ({ warnsIn: 2, expiresIn: 2 }))
  if (view.state === 'ended') return location.reload()
  if (view.state) warning.hidden = view.state === 'active'
  timer = setTimeout(ask, Math.min(view.warnsIn || 1, view.expiresIn, 86_400) * 1000)
}
for (const type of ['keydown', 'pointermove', 'pointerdown', 'wheel']) {
  addEventListener(type, () => { lastActivity = Date.now(); if (!warning.hidden) ask() })
}
ask()
