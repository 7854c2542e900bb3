import { createApp, h, Teleport } from 'vue'
import { sessionSecurity, useSessionWarning } from 'fastify-session-security/client/vue'
import 'fastify-session-security/client.css' // hides the page while the session may be over

const place = document.createElement('div') // beside <body>: it stays while the page is hidden
place.toggleAttribute('data-session-warning', true)
document.documentElement.append(place)

const Page = {
  setup () {
    const { warning, answer } = useSessionWarning()
    const content = ({ title, text, note, answerLabel }) =>
      h('div', { id: 'warning', role: 'alertdialog', 'aria-label': title }, [
        h('p', `${text} ${note}`), h('button', { onClick: answer }, answerLabel)
      ])
    return () => h(Teleport, { to: place }, warning.value && content(warning.value))
  }
}

createApp(Page)
  .use(sessionSecurity, { options: { pingUrl: '/session_security/ping', extendBy: 'button' } })
  .mount('#app')
