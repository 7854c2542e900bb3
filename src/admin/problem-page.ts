import { html } from 'ghtml'
import type { Around } from './layout.ts'
import { page } from './layout.ts'

export interface Problem {
  readonly message: string
  readonly code: string
}

/** Shows a refusal with its code, so that an operator can look it up. */
export function problemPage (around: Around, { message, code }: Problem): string {
  return page(around, {
    title: 'This did not work',
    section: 'sessions',
    content: html`<section class="card" aria-label="What went wrong">
        <p class="note problem">${message}</p>
        <p class="hint"><code>${code}</code></p>
        <p class="actions"><a class="button" href="${around.addresses.sessions()}">Back to the sessions</a></p>
      </section>`
  })
}
