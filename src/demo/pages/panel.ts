import { html } from 'ghtml'
import type { LiveView, View } from '../../core/view.ts'
import type { Effect, LoggedRequest } from '../request-log.ts'
import { isOfPerson } from '../request-log.ts'
import { seconds } from './layout.ts'

const EFFECTS: Readonly<Record<Effect, string>> = {
  started: 'active: session started',
  recorded: 'active: activity recorded',
  'recorded just before': 'active: recorded a moment ago',
  reported: 'passive: activity reported',
  'left alone': 'passive: nothing recorded'
}

export interface Panel {
  readonly view: View
  readonly requests: readonly LoggedRequest[]
  readonly nowMs: number
  /** The name of the node, if there may be several. Each knows only its own requests. */
  readonly node: string | undefined
}

/** HTML: the parts of the home page that are fetched anew every second. */
export interface PanelParts {
  /** The server's view of the session. */
  readonly facts: string
  /** The requests of a person, with their effects. */
  readonly person: string
  /** The other requests, with their effects. */
  readonly poller: string
}

export function panelParts ({ view, requests, nowMs, node }: Panel): PanelParts {
  if (view.state === 'ended') {
    return {
      facts: part('facts', '<p>Your session is over.</p>'), person: part('person', ''), poller: part('poller', '')
    }
  }
  const where = node === undefined ? '' : `, at ${node}`
  const [ofPerson, others] = [requests.filter(isOfPerson), requests.filter(request => !isOfPerson(request))]
  return {
    facts: part('facts', facts(view)),
    person: part('person', table(`Requests of a person${where}`, ofPerson, nowMs)),
    poller: part('poller', table(`Requests without a person${where}`, others, nowMs))
  }
}

/** Returns a part that a script of the page finds by its name. */
function part (name: keyof PanelParts, content: string): string {
  return html`<div data-part="${name}">!${content}</div>`
}

function facts (view: LiveView): string {
  const { state, idleFor, warnAfter, expireAfter, warnsIn, expiresIn, endsBy } = view
  return html`<dl class="facts" data-expires-in="${expiresIn}">
      <div><dt>State</dt><dd class="state-${state}">${state}</dd></div>
      <div><dt>Idle for</dt><dd>${seconds(idleFor)}</dd></div>
      <div><dt>Warns in</dt><dd>${seconds(warnsIn)}</dd></div>
      <div><dt>Expires in</dt><dd>${seconds(expiresIn)}</dd></div>
      <div><dt>Deadline</dt><dd>${endsBy}</dd></div>
    </dl>
    <meter aria-label="Idle time" min="0" max="${expireAfter}" low="${warnAfter}" high="${expireAfter}" optimum="0"
      value="${idleFor}"></meter>`
}

function table (caption: string, requests: readonly LoggedRequest[], nowMs: number): string {
  if (requests.length === 0) return html`<p class="hint">${caption}: none yet</p>`
  return html`<table>
      <caption>${caption}</caption>
      <thead><tr><th scope="col">When</th><th scope="col">Request</th><th scope="col">Effect</th></tr></thead>
      <tbody>!${requests.map(request => row(request, nowMs))}</tbody>
    </table>`
}

function row ({ method, path, effect, atMs, times }: LoggedRequest, nowMs: number): string {
  return html`<tr>
      <td>${seconds(Math.max(0, nowMs - atMs) / 1000)} ago</td>
      <td><code>${method} ${path}</code>${times > 1 ? ` ×${times}` : ''}</td>
      <td>${EFFECTS[effect]}</td>
    </tr>`
}
