import { html } from 'ghtml'
import type { Member } from './layout.ts'
import { memberPage, seconds } from './layout.ts'

export interface EmailPage extends Member {
  /** The address that the session keeps. */
  readonly email: string
  /** Seconds after which the person must confirm the identity. */
  readonly confirmAfter: number
}

/** Shows a form whose change needs fresh authentication. */
export function emailPage ({ email, confirmAfter, ...member }: EmailPage): string {
  return memberPage({
    ...member,
    title: 'E-mail',
    path: '/email',
    content: html`
      <div>
        <h1>E-mail address</h1>
        <p class="lead">If you signed in more than ${seconds(confirmAfter)} ago, the demo asks for your password first.
          You stay signed in, and this form offers back what you typed.</p>
      </div>
      !${email === '' ? '' : html`<p class="note" role="status">Your address is ${email}.</p>`}
      <form class="card fields" method="post" action="/email" id="email-form">
        <div class="field">
          <label for="email">E-mail address</label>
          <input id="email" name="email" type="email" autocomplete="email" maxlength="200" required value="${email}">
        </div>
        <button>Change the address</button>
      </form>`
  })
}

export interface ConfirmPage extends Member {
  /** The address of the next page. */
  readonly next: string | null
}

/** Asks the person to confirm the identity. */
export function confirmPage ({ next, ...member }: ConfirmPage): string {
  return memberPage({
    ...member,
    title: 'Confirm',
    path: '/confirm',
    content: html`
      <div>
        <h1>Confirm that it is you</h1>
        <p class="lead">You stay signed in. Nothing was changed so far.</p>
      </div>
      <form class="card fields" method="post" action="/confirm">
        <div class="field">
          <label for="password">Password of ${member.person}</label>
          <input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
        </div>
        <input type="hidden" name="next" value="${next}">
        <button>Confirm</button>
        <p class="hint">This is a demo: any password will do, and nothing is kept.</p>
      </form>`
  })
}
