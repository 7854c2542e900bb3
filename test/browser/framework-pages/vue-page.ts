import type { App } from 'vue'
import { defineComponent, h } from 'vue'
import { sessionSecurity, useSessionSecurity, useSessionWarning } from '../../../src/client/vue.ts'

export function usePlugin (app: App): void {
  app.use(
    sessionSecurity, { options: { pingUrl: '/session_security/ping', signOutUrl: '/sign-out', extendBy: 'button' } }
  )
}

const Warning = defineComponent({
  setup () {
    const { warning, answer, signOut } = useSessionWarning()
    return () => {
      if (warning.value === null) return null
      const { title, text, answerLabel, signOutLabel, isBusy } = warning.value
      return h('div', { role: 'alert', 'aria-label': title }, [
        h('p', text), h('button', { disabled: isBusy, onClick: answer }, answerLabel), signOutLabel === null
          ? null
          : h('button', { onClick: signOut }, signOutLabel)
      ])
    }
  }
})

/** The page, the same on the server and in the browser. */
export const VuePage = defineComponent({
  setup () {
    const { snapshot } = useSessionSecurity()
    return () => [h('p', { 'data-state': snapshot.value.state }, snapshot.value.state), h(Warning)]
  }
})
