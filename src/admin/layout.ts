import { html } from 'ghtml'
import { LONGEST_USER_ID } from '../option-checks.ts'
import type { Addresses } from './addresses.ts'

/** Holds the addresses that all pages of one registration share. */
export interface Frame {
  readonly addresses: Addresses
  /** The addresses of the stylesheet and of the script. */
  readonly style: string
  readonly script: string
  /** The page of the application to which each page leads back. */
  readonly home: string
}

/** Holds the values that all parts of one page share. */
export interface Around extends Frame {
  /** HTML for the head: the browser client. */
  readonly client?: string | undefined
  /** The token of @fastify/csrf-protection, which the forms send. Absent where that is not registered. */
  readonly csrfToken?: string | undefined
  /** The message about what was just done. */
  readonly outcome?: string | undefined
}

interface Content {
  readonly title: string
  readonly section: 'sessions' | 'tokens'
  /** HTML. */
  readonly content: string
}

/** Returns a whole page. `title` stands in the tab and in the heading. */
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

/** Returns a part that is open on a wide screen. The stylesheet folds it on a narrow one. */
export function fold (summary: string, content: string): string {
  return html`<details class="fold"><summary>${summary}</summary>!${content}</details>`
}

/** @param isCurrent the page is at this address */
export function link (href: string, text: string, isCurrent = false): string {
  return html`<a href="${href}"!${isCurrent ? ' aria-current="page"' : ''}>${text}</a>`
}

/** Returns the heading of a column. */
export function columnHead (text: string): string {
  return html`<th role="columnheader" scope="col"!${text === 'Action' ? ' class="action"' : ''}>${text}</th>`
}

export interface PostForm {
  readonly action: string
  readonly button: string
  /** The accessible name, where several buttons have the same text. It must begin with that text. */
  readonly label?: string
  readonly tone?: 'danger' | 'quiet'
  readonly fields?: Readonly<Record<string, string | readonly string[]>>
  /** HTML, before the button. */
  readonly content?: string
  /** HTML, after the button. */
  readonly aside?: string
}

/** Returns a form for a change, with the CSRF token. */
export function postForm (
  { csrfToken }: Around, { action, button, label, tone, fields = {}, content = '', aside = '' }: PostForm
): string {
  const all = { ...fields, ...(csrfToken === undefined ? {} : { _csrf: csrfToken }) }
  const toneClass = tone === undefined ? '' : html` class="${tone}"`
  const ariaLabel = label === undefined ? '' : html` aria-label="${label}"`
  return html`<form method="post" action="${action}">
    !${hiddenFields(all)}
    !${content}
    <button!${toneClass}!${ariaLabel}>${button}</button>
    !${aside}
  </form>`
}

/** Returns HTML: hidden fields. A name may have several values. */
export function hiddenFields (fields: Readonly<Record<string, string | readonly string[]>>): string {
  const all = Object.entries(fields).flatMap(([name, values]) => [values].flat().map(value => hiddenField(name, value)))
  return all.join('')
}

/**
 * Returns HTML: one hidden field. A browser sends a line break or a NUL as another character, so such a value goes
 * percent-encoded, under a name with an asterisk.
 */
function hiddenField (name: string, value: string): string {
  const isPlain = !/\p{Cc}/u.test(value)
  const [sentName, sentValue] = isPlain ? [name, value] : [`${name}*`, encodeURIComponent(value)]
  return html`<input type="hidden" name="${sentName}" value="${sentValue}">`
}

/** Returns the search form of both lists. */
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
      <input id="user" name="user" value="${user}" maxlength="${LONGEST_USER_ID}" autocomplete="off" spellcheck="false"
        autocapitalize="none" dir="auto" aria-describedby="user-hint">
      <span class="hint" id="user-hint">The whole id, exactly as the application writes it</span>
    </div>
    !${more}
    <button>Show</button>
  </form>`
}

/** Returns the links through a list whose pages may be short. */
export function pager (
  { first, next, isEmpty }: { first: string | undefined, next: string | undefined, isEmpty: boolean }
): string {
  if (first === undefined && next === undefined) return ''
  const hint = next === undefined
    ? 'This is the last page.'
    : isEmpty
      ? 'This page is empty, but there may be more: go to the next page.'
      : 'There may be more. A page before the last one may be short or empty.'
  return html`<nav class="pager" aria-label="Pages">
    !${first === undefined ? '' : html`<a class="button" href="${first}">First page</a>`}
    !${next === undefined ? '' : html`<a class="button" href="${next}" rel="next">Next page</a>`}
    <span class="hint">${hint}</span>
  </nav>`
}
