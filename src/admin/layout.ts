import { html } from 'ghtml'
import type { Addresses } from './addresses.ts'

/** What is the same on all pages of a registration. */
export interface Frame {
  readonly addresses: Addresses
  /** The addresses of the two files. */
  readonly style: string
  readonly script: string
  /** The application's own page that each page leads back to. */
  readonly home: string
}

/** What is the same on all parts of one page. */
export interface Around extends Frame {
  /** HTML for the head: the browser client. */
  readonly client?: string | undefined
  /** What the forms send along for @fastify/csrf-protection, where that is registered. */
  readonly csrfToken?: string | undefined
  /** What was done just before. */
  readonly outcome?: string | undefined
}

interface Content {
  readonly title: string
  readonly section: 'sessions' | 'tokens'
  /** HTML. */
  readonly content: string
}

/** A page, whole. `title` stands in the tab and in the heading. */
export function page (around: Around, { title, section, content }: Content): string {
  const { addresses, style, script, home, client = '', outcome } = around
  const way = home === addresses.sessions() ? '' : html`<a class="home" href="${home}">To the application</a>`
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} - Session administration</title>
    !${client}
    <link rel="stylesheet" href="${style}">
    <script type="module" src="${script}"></script>
  </head>
  <body>
    <a class="skip" href="#content">Skip to the content</a>
    <header>
      <div class="bar">
        <span class="brand">Session administration</span>
        <nav aria-label="Sections">
          !${link(addresses.sessions(), 'Sessions', section === 'sessions')}
          !${link(addresses.tokens(), 'Tokens', section === 'tokens')}
        </nav>
        !${way}
      </div>
    </header>
    <main id="content" tabindex="-1" data-live="${addresses.live()}">
      <h1>${title}</h1>
      !${outcome === undefined ? '' : html`<p class="note" role="status">${outcome}</p>`}
      !${content}
    </main>
    <p class="note problem over" id="over" role="alert" hidden>
      You are signed out, or may no longer see this page. <a href="">Open it again</a> !${way}
    </p>
  </body>
</html>
`
}

/** A part that stands open on a wide screen, and is folded on a narrow one: without script, by the stylesheet. */
export function fold (summary: string, content: string): string {
  return html`<details class="fold"><summary>${summary}</summary>!${content}</details>`
}

/** `isCurrent`: it is the one that is being looked at. */
export function link (href: string, text: string, isCurrent = false): string {
  return html`<a href="${href}"!${isCurrent ? ' aria-current="page"' : ''}>${text}</a>`
}

export interface PostForm {
  readonly action: string
  readonly button: string
  /** What the button is called where its text stands on several. Must begin with that text. */
  readonly label?: string
  readonly tone?: 'danger' | 'quiet'
  /** A name may have several values. */
  readonly fields?: Readonly<Record<string, string | readonly string[]>>
  /** HTML, before the button. */
  readonly content?: string
  /** HTML, after the button. */
  readonly aside?: string
}

/** Whatever changes something is sent with one of these. */
export function postForm (
  { csrfToken }: Around, { action, button, label, tone, fields = {}, content = '', aside = '' }: PostForm
): string {
  const all = { ...fields, ...(csrfToken === undefined ? {} : { _csrf: csrfToken }) }
  return html`<form method="post" action="${action}">
    !${hiddenFields(all)}
    !${content}
    <button!${tone === undefined ? '' : html` class="${tone}"`}!${label === undefined ? '' : html` aria-label="${label}"`}>${button}</button>
    !${aside}
  </form>`
}

/** HTML: fields that nobody sees. */
export function hiddenFields (fields: Readonly<Record<string, string | readonly string[]>>): string {
  const all = Object.entries(fields).flatMap(([name, values]) => [values].flat().map(value => hiddenField(name, value)))
  return all.join('')
}

/** A browser would send a line break or a NUL as another character: such a value goes percent-encoded, under a name of its own. */
function hiddenField (name: string, value: string): string {
  const isPlain = !/\p{Cc}/u.test(value)
  return html`<input type="hidden" name="${isPlain ? name : `${name}*`}" value="${isPlain ? value : encodeURIComponent(value)}">`
}

/** The search of both lists. */
export function searchForm (
  action: string,
  { user = '', fields = {}, more = '' }: {
    user?: string | undefined,
    fields?: Readonly<Record<string, string>>,
    more?: string
  }
): string {
  return html`<form class="search" action="${action}" role="search">
    !${hiddenFields(fields)}
    <div class="field">
      <label for="user">User id</label>
      <input id="user" name="user" value="${user}" maxlength="256" autocomplete="off" spellcheck="false" autocapitalize="none" dir="auto" aria-describedby="user-hint">
      <span class="hint" id="user-hint">The whole id, exactly as the application writes it</span>
    </div>
    !${more}
    <button>Show</button>
  </form>`
}

/** The way on through a list whose pages may be short. */
export function pager (
  { first, next, isEmpty }: { first: string | undefined, next: string | undefined, isEmpty: boolean }
): string {
  if (first === undefined && next === undefined) return ''
  const hint = next === undefined
    ? 'This is the last page.'
    : `${isEmpty ? 'Nothing on this page, but there may be more: go on.' : 'There may be more. A page may be short, or empty, before the last one.'}`
  return html`<nav class="pager" aria-label="Pages">
    !${first === undefined ? '' : html`<a class="button" href="${first}">First page</a>`}
    !${next === undefined ? '' : html`<a class="button" href="${next}" rel="next">Next page</a>`}
    <span class="hint">${hint}</span>
  </nav>`
}
