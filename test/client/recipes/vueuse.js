import { onScopeDispose, ref, watch } from 'vue'
import { useIdle } from '@vueuse/core'
import { createPinger } from 'fastify-session-security/client'

const ping = createPinger({ pingUrl: '/session_security/ping' })

/** Keeps the server's view of the session up to date. Warn while its `state` is `warning`. */
export function useSession () {
  const view = ref({ state: 'active', warnsIn: 0, expiresIn: 0 })
  const { lastActive } = useIdle()
  let timer

  async function ask () {
    clearTimeout(timer)
    const idleFor = (Date.now() - lastActive.value) / 1000
    view.value = await ping(idleFor).catch(() => ({ ...view.value, warnsIn: 2, expiresIn: 2 }))
    if (view.value.state === 'ended') return location.reload()
    timer = setTimeout(ask, Math.min(view.value.warnsIn || 1, view.value.expiresIn, 86_400) * 1000)
  }

  watch(lastActive, () => { if (view.value.state === 'warning') ask() })
  onScopeDispose(() => clearTimeout(timer))
  ask()
  return view
}
