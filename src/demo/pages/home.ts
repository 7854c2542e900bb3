import { html } from 'ghtml'
import type { Member } from './layout.ts'
import { memberPage, seconds } from './layout.ts'
import type { PanelParts } from './panel.ts'

export interface Home extends Member {
  readonly panel: PanelParts
}

export function homePage ({ panel, ...member }: Home): string {
  const isByHand = member.client === undefined
  const { warnAfter, expireAfter } = member.times
  return memberPage({
    ...member,
    title: 'Home',
    path: '/',
    scripts: ['home.js'],
    content: html`
      <h1>Hello, ${member.person}</h1>
      <section class="card" aria-labelledby="first">
        <h2 id="first">Try this first</h2>
        <ol>
          <li>Write a few words into the form.</li>
          <li>Do nothing. After ${seconds(warnAfter)} the page warns you,
            after ${seconds(expireAfter)} it signs you out.</li>
          <li>Sign in again. The form offers your words back.</li>
        </ol>
        <a class="button" href="/form">Open the form</a>
      </section>
      <section class="card" aria-labelledby="server">
        <h2 id="server">What the server knows of your session</h2>
        !${panel.facts}
      </section>
      <div class="columns">
        <section class="card" aria-labelledby="person">
          <h2 id="person">A person's request</h2>
          <p>You press, the page asks: that is activity, and the idle time starts again from 0.</p>
          <div class="try">
            <button type="button" class="quiet" id="ask">Ask as a person</button>
            <output id="asked" for="ask">Not asked yet</output>
          </div>
          !${panel.person}
        </section>
        <section class="card" aria-labelledby="poller">
          <h2 id="poller">A poller's request</h2>
          <p>The page asks by itself: that is passive, and the idle time goes on.</p>
          <div class="try">
            <span class="check"><input type="checkbox" id="poll" autocomplete="off">
              <label for="poll">Poll every second</label></span>
            <output id="unread" for="poll">Not polled yet</output>
          </div>
          !${panel.poller}
        </section>
      </div>
      <div class="columns">
        <section class="card" aria-labelledby="try">
          <h2 id="try">Try more</h2>
          <ul>
            <li>Poll, and do nothing. The polls do not keep you signed in.</li>
            <li>Write into the <a href="/form">long form</a> without a pause. You stay signed in, although nothing
              is sent.</li>
            <li>Open a second tab and work there. This tab does not warn. Sign out there: this tab signs out too.</li>
            <li>Change your <a href="/email">e-mail address</a> later than ${seconds(warnAfter)} after the sign-in.
              The demo asks for your password first.</li>
            <li>End a session on the
              <a href="/admin">admin page</a>. Everybody who is signed in may, since this is a demo.</li>
          </ul>
        </section>
        <section class="card" aria-labelledby="watch">
          <h2 id="watch">What watches over the pages</h2>
          <p>${isByHand
            ? 'A timer of some sixty lines, which the docs show. It warns, and keeps no drafts.'
            : 'The client of this package. The demo puts its tags into each page, and has no other code for it.'}</p>
          <p>It sees keys, mouse and touch, and reports them to the server by a ping.
            So you stay signed in while you work in a page and send nothing.</p>
          <form method="post" action="/timer">
            !${isByHand
              ? '<button class="quiet" name="timer" value="client">Use the client</button>'
              : '<button class="quiet" name="timer" value="hand">Use the timer written by hand</button>'}
          </form>
        </section>
      </div>`
  })
}
