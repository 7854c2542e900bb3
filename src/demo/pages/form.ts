import { html } from 'ghtml'
import type { Member } from './layout.ts'
import { memberPage } from './layout.ts'

export interface Form extends Member {
  /** The number of filled fields in the form that was just sent. */
  readonly received?: number
}

interface Field {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly type?: 'text' | 'date' | 'time' | 'email' | 'tel' | 'number' | 'textarea'
}

const GROUPS: ReadonlyArray<{ readonly legend: string, readonly fields: readonly Field[] }> = [
  {
    legend: 'The person',
    fields: [
      { name: 'given-name', label: 'Given name' },
      { name: 'family-name', label: 'Family name' },
      { name: 'born', label: 'Date of birth', type: 'date' },
      { name: 'number', label: 'Patient number', hint: 'Eight digits, on the wristband' },
      { name: 'phone', label: 'Telephone', type: 'tel' },
      { name: 'mail', label: 'E-mail', type: 'email' },
      { name: 'street', label: 'Street and number' },
      { name: 'town', label: 'Postcode and town' }
    ]
  },
  {
    legend: 'The visit',
    fields: [
      { name: 'date', label: 'Date', type: 'date' },
      { name: 'time', label: 'Time', type: 'time' },
      { name: 'ward', label: 'Ward' },
      { name: 'temperature', label: 'Temperature', type: 'number', hint: 'In degrees Celsius' },
      { name: 'complaint', label: 'Complaint', type: 'textarea', hint: 'In the words of the patient' },
      { name: 'history', label: 'History', type: 'textarea' }
    ]
  },
  {
    legend: 'What follows',
    fields: [
      { name: 'findings', label: 'Findings', type: 'textarea' },
      { name: 'plan', label: 'Plan', type: 'textarea' },
      { name: 'again', label: 'Next visit', type: 'date' },
      { name: 'referred', label: 'Referred to' }
    ]
  }
]

/** A form that takes longer to fill in than a session may be idle. */
export function formPage ({ received, ...member }: Form): string {
  return memberPage({
    ...member,
    title: 'Long form',
    path: '/form',
    content: html`
      <div>
        <h1>Visit report</h1>
        <p class="lead">Write a few words, then do nothing. While you type, scroll or move the mouse,
          you stay signed in. The server keeps nothing of this form.</p>
      </div>
      !${received === undefined ? '' : receipt(received)}
      <form class="fields" method="post" action="/form" id="report">
        !${GROUPS.map(({ legend, fields }) =>
          html`<fieldset class="card"><legend>${legend}</legend>!${fields.map(field)}</fieldset>`)}
        <div class="check">
          <input type="checkbox" id="checked" name="checked">
          <label for="checked">I have read it through once more</label>
        </div>
        <button>Send the report</button>
      </form>`
  })
}

function receipt (received: number): string {
  const fields = received === 1 ? 'field' : 'fields'
  return html`<p class="note" role="status">Received and thrown away: ${received} ${fields}.</p>`
}

function field ({ name, label, hint, type = 'text' }: Field): string {
  const described = hint === undefined ? '' : html` aria-describedby="${name}-hint"`
  const isLong = type === 'textarea'
  const limits = type === 'number' ? ' step="0.1" min="30" max="45"' : ''
  return html`<div class="field!${isLong ? ' wide' : ''}">
          <label for="${name}">${label}</label>
          !${isLong
            ? html`<textarea id="${name}" name="${name}"!${described}></textarea>`
            : html`<input id="${name}" name="${name}" type="${type}"!${limits}!${described}>`}
          !${hint === undefined ? '' : html`<span class="hint" id="${name}-hint">${hint}</span>`}
        </div>`
}
