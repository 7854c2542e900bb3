import { createApp, h } from 'vue'
import { sessionSecurity, useSessionWarning } from 'fastify-session-security/client/vue'

const Page = {
  setup () {
    const { warning, answer } = useSessionWarning()
    return () => warning.value && h('div', { id: 'warning', role: 'alertdialog', 'aria-label': warning.value.title }, [
      h('p', warning.value.text), h('button', { onClick: answer }, warning.value.answerLabel)
    ])
  }
}

createApp(Page)
  .use(sessionSecurity, { options: { pingUrl: '/session_security/ping', extendBy: 'button' } })
  .mount('#app')
