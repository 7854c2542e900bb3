import { html } from 'ghtml'
import { visitorPage } from './layout.ts'

export interface SignIn {
  /** HTML for the head: the tags of the client. */
  readonly client: string
  /** The address of the next page. */
  readonly next: string | null
  /** Why the last session ended. */
  readonly explanation?: string | undefined
  /** Whether the tab still has what the person typed. */
  readonly keepsDrafts?: boolean
  /** HTML: the notice about the timeouts (WCAG 2.2.6). */
  readonly notice: string
  /** The name that was refused. */
  readonly refused?: string
}

const DRAFTS = '<p>Sign in under the same name. A form that you did not send offers back what you typed.</p>'
const NAME_PROBLEM = '<p class="note problem" id="name-problem">Enter a name of 1 to 60 characters.</p>'

export function signInPage ({ client, next, explanation, keepsDrafts = false, notice, refused }: SignIn): string {
  const attributes = refused === undefined
    ? ''
    : html` value="${refused}" aria-invalid="true" aria-describedby="name-problem"`
  return visitorPage('Sign in', client, html`
    <h1>Sign in</h1>
    !${explanation === undefined
      ? html`<p class="lead">This demo shows how a site signs out a person who is away.</p>`
      : html`<p class="note" role="status">${explanation}</p>`}
    !${keepsDrafts ? DRAFTS : ''}
    <form class="card fields" method="post" action="/login">
      <div class="field">
        <label for="name">Your name</label>
        <input id="name" name="name" autocomplete="username" maxlength="60" required autofocus!${attributes}>
        !${refused === undefined ? '' : NAME_PROBLEM}
      </div>
      <input type="hidden" name="next" value="${next}">
      <button>Sign in</button>
      !${notice}
      <p class="hint">This is a demo: any name will do, and there is no password.</p>
    </form>`, ['sign-in.js'])
}
