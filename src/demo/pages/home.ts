import { html } from 'ghtml'
import type { Member } from './layout.ts'
import { memberPage } from './layout.ts'

export interface Home extends Member {
  /** HTML. */
  readonly panel: string
}

export function homePage ({ panel, ...member }: Home): string {
  const isByHand = member.client === undefined
  return memberPage({
    ...member,
    title: 'Home',
    path: '/',
    scripts: ['home.js'],
    content: html`
      <div>
        <h1>Hello, ${member.person}</h1>
        <p class="lead">Your session ends when nobody is here. Requests that a browser makes by itself do not count; what you do in a page counts, even when it makes no request.</p>
      </div>
      <div class="columns">
        <section class="card" aria-labelledby="try">
          <h2 id="try">Try it</h2>
          <ul>
            <li>Do nothing: a warning comes, then the sign-in page.</li>
            <li>Poll, and do nothing: the same.</li>
            <li>Take your time over the <a href="/form">long form</a>: you stay signed in.</li>
            <li>Be signed out in the middle of it, and sign in again: what you wrote is offered back.</li>
            <li>Open a second tab: who works in one is not warned in the other, and who signs out in one is signed out in both.</li>
            <li>See who is signed in, and sign them out, on the <a href="/admin">admin page</a>. Everybody who is signed in may, since this is a demo.</li>
          </ul>
        </section>
        <div class="column">
          <section class="card" aria-labelledby="polling">
            <h2 id="polling">Poll in the background</h2>
            <p>Asks <code>/api/unread</code> every second, as a mail counter does. It is listed in <code>passiveUrls</code>.</p>
            <div class="check"><input type="checkbox" id="poll" autocomplete="off"><label for="poll">Poll every second</label></div>
            <p><output id="unread" for="poll">Not polled yet</output></p>
          </section>
          <section class="card" aria-labelledby="watch">
            <h2 id="watch">What watches over the pages</h2>
            <p>!${isByHand ? 'The timer of sixty lines that the README shows: a protocol that any frontend can speak.' : 'The client of this package: one tag, and nothing written for it.'}</p>
            <form method="post" action="/timer"><button class="quiet" name="timer" value="${isByHand ? 'client' : 'hand'}">Use ${isByHand ? 'the client' : 'the timer written by hand'}</button></form>
          </section>
        </div>
      </div>
      <section class="card" aria-labelledby="server">
        <h2 id="server">What the server knows</h2>
        <div id="panel">!${panel}</div>
      </section>`
  })
}
