import { html } from 'ghtml'

/** The idle seconds after which a page warns, and after which the session ends. */
export interface Times {
  readonly warnAfter: number
  readonly expireAfter: number
}

/** The person of a page, and the timer of its session. */
export interface Member {
  readonly times: Times
  /** The name of the signed-in person. */
  readonly person: string
  /** HTML for the head: the tags of the client. Absent: the timer that is written by hand. */
  readonly client?: string
}

export interface MemberPage extends Member {
  readonly title: string
  /** The address of this page, to be marked in the navigation. */
  readonly path: string
  /** HTML. */
  readonly content: string
  /** Names of files in `assets`, next to the timer. */
  readonly scripts?: readonly string[]
}

const LINKS = [{ path: '/', text: 'Home' }, { path: '/form', text: 'Long form' }, { path: '/admin', text: 'Admin' }]

const BRAND = '<span class="brand"><img src="/assets/favicon.svg" alt="" width="24" height="24">' +
  '<span class="brand-name">Session security</span></span>'

/** The warning of the handwritten timer. */
const WARNING = `<dialog id="session-warning" aria-labelledby="warning-title" aria-describedby="warning-text">
      <h2 id="warning-title">You are about to be signed out</h2>
      <p id="warning-text">This session ends in <span role="timer">a few seconds</span>.
        Unsaved work is lost then.</p>
      <form method="dialog"><button>Stay signed in</button></form>
    </dialog>`

/** Returns a page for a signed-in person, with the client or with the handwritten timer. */
export function memberPage ({ title, person, times, client, path, content, scripts = [] }: MemberPage): string {
  const timing = client === undefined ? 'timer.js' : 'next.js'
  return page(title, client ?? '', [timing, ...scripts], html`
    <a class="skip" href="#content">Skip to the content</a>
    <header>
      <div class="bar">
        !${BRAND}
        <nav aria-label="Pages">!${LINKS.map(link =>
          html`<a href="${link.path}"!${link.path === path ? ' aria-current="page"' : ''}>${link.text}</a>`)}</nav>
        <form class="who" method="post" action="/logout" data-session-sign-out>
          <span>Signed in as ${person}</span> <button class="quiet">Sign out</button>
        </form>
      </div>
    </header>
    !${next(times)}
    <main id="content" tabindex="-1">
      !${content}
    </main>
    !${client === undefined ? WARNING : ''}`)
}

/** Says what happens if nobody uses the page. The script next.js counts it down. */
function next ({ warnAfter, expireAfter }: Times): string {
  return html`<section class="next" aria-label="Time left">
      <p role="timer">
        <span class="if">If you do nothing:</span> <span data-until-warning>warning <b>after ${seconds(warnAfter)}</b>,
        </span>signed out <b>after ${seconds(expireAfter)}</b></p>
      <progress aria-hidden="true" max="1" value="1"></progress>
    </section>`
}

/** @returns whole seconds with their unit */
export function seconds (count: number): string {
  return `${Math.round(count)} s`
}

/**
 * A page for anybody.
 *
 * @param head HTML: the tags of the client, where the page is of a session's life
 * @param scripts names of files in `assets`
 */
export function visitorPage (title: string, head: string, content: string, scripts: readonly string[] = []): string {
  return page(title, head, scripts, html`
    <main id="content" class="narrow">
      <div>!${BRAND}</div>
      !${content}
    </main>`)
}

function page (title: string, head: string, scripts: readonly string[], body: string): string {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} - Session security demo</title>
    <link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/assets/demo.css">
    !${head}
    !${scripts.map(script => html`<script type="module" src="/assets/${script}"></script>`)}
  </head>
  <body>
    !${body}
  </body>
</html>
`
}
