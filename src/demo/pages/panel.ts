import { html } from 'ghtml'
import type { LiveView, View } from '../../core/view.ts'
import type { Effect, LoggedRequest } from '../request-log.ts'

const EFFECTS: Readonly<Record<Effect, { readonly text: string, readonly hasMoved: boolean }>> = {
  started: { text: 'active: session started', hasMoved: true },
  stamped: { text: 'active: stamped', hasMoved: true },
  'stamped just before': { text: 'active: stamped just before', hasMoved: false },
  reported: { text: 'passive: reported activity', hasMoved: true },
  'left alone': { text: 'passive: left alone', hasMoved: false }
}

export interface Panel {
  readonly view: View
  readonly requests: readonly LoggedRequest[]
  readonly nowMs: number
  /** Named where there may be several. Each knows only the requests that came to it. */
  readonly node: string | undefined
}

/** The part of the home page that is fetched anew every second: the server's view, and what the requests did. */
export function panel ({ view, requests, nowMs, node }: Panel): string {
  if (view.state === 'ended') return '<p>Your session is over.</p>'
  const where = node === undefined ? '' : html`, at ${node}`
  return html`<div class="live" data-expires-in="${view.expiresIn}">
    !${facts(view)}
    <table>
      <caption>What your requests did to it!${where}</caption>
      <thead><tr><th scope="col">When</th><th scope="col">Request</th><th scope="col">Effect</th></tr></thead>
      <tbody>!${requests.map(request => row(request, nowMs))}</tbody>
    </table>
  </div>`
}

function facts (view: LiveView): string {
  const { state, idleFor, warnAfter, expireAfter, warnsIn, expiresIn, endsBy } = view
  return html`<dl class="facts">
      <div><dt>State</dt><dd class="state-${state}">${state}</dd></div>
      <div><dt>Idle for</dt><dd>${seconds(idleFor)}</dd></div>
      <div><dt>Warns in</dt><dd>${seconds(warnsIn)}</dd></div>
      <div><dt>Expires in</dt><dd>${seconds(expiresIn)}</dd></div>
      <div><dt>Ends by</dt><dd>${endsBy}</dd></div>
    </dl>
    <meter aria-label="Idle time" min="0" max="${expireAfter}" low="${warnAfter}" high="${expireAfter}" optimum="0" value="${idleFor}"></meter>`
}

function row ({ method, path, effect, atMs, times }: LoggedRequest, nowMs: number): string {
  const { text, hasMoved } = EFFECTS[effect]
  return html`<tr>
      <td>${seconds(Math.max(0, nowMs - atMs) / 1000)} ago</td>
      <td><code>${method} ${path}</code>${times > 1 ? ` ×${times}` : ''}</td>
      <td class="${hasMoved ? 'moved' : 'still'}">${text}</td>
    </tr>`
}

function seconds (count: number): string {
  return `${Math.round(count)} s`
}
