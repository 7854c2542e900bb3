import { html } from 'ghtml'
import type { Member } from './layout.ts'
import { memberPage } from './layout.ts'
import type { PanelParts } from './panel.ts'

export interface Home extends Member {
  readonly panel: PanelParts
}

export function homePage ({ panel, ...member }: Home): string {
  const isByHand = member.client === undefined
  return memberPage({
    ...member,
    title: 'Home',
    path: '/',
    scripts: ['home.js'],
    content: html`
      <h1>Hello, ${member.person}</h1>
      <section class="card" aria-labelledby="server">
        <h2 id="server">What the server knows of your session</h2>
        !${panel.facts}
      </section>
      <div class="columns">
        <section class="card" aria-labelledby="person">
          <h2 id="person">A person's request</h2>
          <p>You press, the page asks: that is activity, and the idle time starts again from 0.</p>
          <div class="try">
            <button type="button" id="ask">Ask as a person</button>
            <output id="asked" for="ask">Not asked yet</output>
          </div>
          !${panel.person}
        </section>
        <section class="card" aria-labelledby="poller">
          <h2 id="poller">A poller's request</h2>
          <p>The page asks by itself: that is passive, and the idle time goes on.</p>
          <div class="try">
            <span class="check"><input type="checkbox" id="poll" autocomplete="off"><label for="poll">Poll every second</label></span>
            <output id="unread" for="poll">Not polled yet</output>
          </div>
          !${panel.poller}
        </section>
      </div>
      <div class="columns">
        <section class="card" aria-labelledby="try">
          <h2 id="try">Try it</h2>
          <ul>
            <li>Do nothing: a warning comes, then the sign-in page.</li>
            <li>Poll, and do nothing: the same.</li>
            <li>Take your time over the <a href="/form">long form</a>: you stay signed in.</li>
            <li>Be signed out in the middle of it, and sign in again: what you wrote is offered back.</li>
            <li>Change your <a href="/email">e-mail address</a> a while after you signed in: your password is asked for again, and what you typed is kept.</li>
            <li>Open a second tab: who works in one is not warned in the other, and who signs out in one is signed out in both.</li>
            <li>See who is signed in, and sign them out, on the <a href="/admin">admin page</a>. Everybody who is signed in may, since this is a demo.</li>
          </ul>
        </section>
        <section class="card" aria-labelledby="watch">
          <h2 id="watch">What watches over the pages</h2>
          <p>${isByHand
            ? 'The timer of sixty lines that the docs show: a protocol that any frontend can speak.'
            : 'The client of this package: one tag, and nothing written for it.'}</p>
          <p>It reports what you do in a page even when nothing is sent. Such a report is a ping: passive itself, it records your activity.</p>
          <form method="post" action="/timer">
            <button class="quiet" name="timer" value="${isByHand ? 'client' : 'hand'}">Use ${isByHand ? 'the client' : 'the timer written by hand'}</button>
          </form>
        </section>
      </div>`
  })
}
