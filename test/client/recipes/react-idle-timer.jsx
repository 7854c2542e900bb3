import { useCallback, useEffect, useState } from 'react'
import { useIdleTimer } from 'react-idle-timer'
import { createPinger } from 'fastify-session-security/client'

const ping = createPinger({ pingUrl: '/session_security/ping' })

export function SessionWarning () {
  const [view, setView] = useState({ state: 'active', warnsIn: 0, expiresIn: 0 })
  const { getLastActiveTime } = useIdleTimer({ throttle: 500, onAction: () => { if (view.state === 'warning') ask() } })

  const ask = useCallback(async () => {
    const idleFor = (Date.now() - (getLastActiveTime() ?? Date.now())) / 1000
    setView(await ping(idleFor).catch(() => ({ ...view, warnsIn: 2, expiresIn: 2 })))
  }, [getLastActiveTime, view])

  useEffect(() => {
    if (view.state === 'ended') return location.reload()
    const timer = setTimeout(ask, Math.min(view.warnsIn || 1, view.expiresIn, 86_400) * 1000)
    return () => clearTimeout(timer)
  }, [ask, view])

  return <p id='warning' role='alert' hidden={view.state !== 'warning'}>You are about to be signed out.</p>
}
