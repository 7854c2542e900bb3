import { html } from 'ghtml'
import { visitorPage } from './layout.ts'

export function notFoundPage (): string {
  return visitorPage('Not found', '', html`
    <h1>There is no such page</h1>
    <p><a href="/">Go to the home page</a></p>`)
}
