import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { StrictMode, createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { createSSRApp, h } from 'vue'
import { renderToString as renderVue } from 'vue/server-renderer'
import * as client from '../../src/client/index.ts'
import * as react from '../../src/client/react.ts'
import { SessionWarningElement } from '../../src/client/session-warning.ts'
import * as vue from '../../src/client/vue.ts'
import { FakeMonitor } from './fake-monitor.ts'

const OPTIONS = { pingUrl: '/session_security/ping' }

describe('rendering on a server, where there is no window and no document', () => {
  it('loads every entry', () => {
    assert.equal(typeof window, 'undefined')
    assert.equal(typeof document, 'undefined')
    for (const part of [
      client.createPinger, client.createIdleMonitor, client.createWarningDialog, client.guardForms,
      react.useSessionSecurity, vue.useSessionSecurity, SessionWarningElement
    ]) {
      assert.equal(typeof part, 'function')
    }
  })

  it('makes a pinger, which pings where there is a browser, or a fetch', async () => {
    const ping = client.createPinger(OPTIONS)
    await assert.rejects(ping()) // no server, and no address to resolve the path against
    const answer = { state: 'ended', reason: 'none' }
    const other = client.createPinger({ ...OPTIONS, fetch: async () => Response.json(answer) })
    assert.deepEqual(await other(), answer)
  })

  it('renders React components without a monitor, as in the first moment of a page', () => {
    function Page () {
      const { state, monitor, concealed } = react.useSessionSecurity()
      const warning = react.useSessionWarning()
      return createElement('p', null, `${state} ${String(monitor)} ${String(concealed)} ${String(warning)}`)
    }
    const html = renderToString(createElement(
      StrictMode, null, createElement(react.SessionSecurityProvider, { options: OPTIONS }, createElement(Page))
    ))
    assert.equal(html, '<p>active null false null</p>')
    const monitor = new FakeMonitor()
    monitor.warn(9) // the first moment is the same for everybody, even if the application's own monitor warns
    assert.match(
      renderToString(createElement(react.SessionSecurityProvider, { monitor }, createElement(Page))),
      /^<p>active .* null<\/p>$/
    )
    assert.equal(monitor.listeners, 0)
  })

  it('says what is missing above a component', async () => {
    function Page () {
      return createElement('p', null, react.useSessionSecurity().state)
    }
    assert.throws(() => renderToString(createElement(Page)), /<SessionSecurityProvider>/)
    await assert.rejects(
      renderVue(createSSRApp({ setup: () => { vue.useSessionSecurity(); return () => h('p') } })),
      /app\.use\(sessionSecurity/
    )
  })

  it('renders Vue components without a monitor', async () => {
    const app = createSSRApp({
      setup () {
        const { snapshot, monitor } = vue.useSessionSecurity()
        const { warning } = vue.useSessionWarning()
        return () => h('p', `${snapshot.value.state} ${String(monitor)} ${String(warning.value)}`)
      }
    })
    app.use(vue.sessionSecurity, { options: OPTIONS })
    assert.equal(await renderVue(app), '<p>active null null</p>')
  })
})
