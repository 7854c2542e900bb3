import { attributeOf } from '../elements.ts'
import type { MonitorOptions } from './monitor-options.ts'

/** What a sign-out sends. */
interface SignOutRequest {
  readonly url: string
  readonly headers?: Record<string, string>
  readonly body?: URLSearchParams
}

/**
 * Asks the server to sign out. What it answers is not looked at: many send on to a page, which would be loaded for
 * nothing. The ping that follows knows whether it was done.
 */
export async function requestSignOut (options: MonitorOptions): Promise<void> {
  const { signOut, signOutUrl, fetch = globalThis.fetch } = options
  if (signOut !== undefined) await signOut()
  else if (signOutUrl !== undefined) {
    const { url, ...init } = { ...withToken(signOutUrl, options), ...ownForm() }
    await fetch(url, { method: 'POST', redirect: 'manual', ...init })
  }
}

/** What the page's own form for that would send: it may have the token that the server wants, in the place where it looks for it. */
function ownForm (): SignOutRequest | undefined {
  const form = find<HTMLFormElement>('form[data-session-sign-out]')
  if (form === undefined || attributeOf(form, 'method').toLowerCase() !== 'post') return undefined
  const url = new URL(attributeOf(form, 'action') || location.href, document.baseURI)
  if (url.origin !== location.origin) return undefined
  const named = <Found extends HTMLInputElement | HTMLButtonElement>(selector: string): Found[] =>
    [...document.querySelectorAll<Found>(selector)].filter(field => field.form === form)
  // Not as a FormData: to make one tells the page that the form is being sent.
  const fields = [
    ...named('input[type=hidden][name]'), ...named('button[name]:not([type=button], [type=reset])').slice(0, 1)
  ]
  // Without a body there is nothing that a parser would be needed for.
  return {
    url: url.href,
    ...(fields.length === 0 ? {} : { body: new URLSearchParams(fields.map(({ name, value }) => [name, value])) })
  }
}

/** The token that the page was given, or that a `<meta name="csrf-token">` holds by now, in a header, and in a field where that is wanted. */
function withToken (
  url: string, { csrf: { token: given, header = 'csrf-token', field } = {} }: MonitorOptions
): SignOutRequest {
  const token = given ?? find<HTMLMetaElement>('meta[name=csrf-token]')?.content
  if (token === undefined || token === '') return { url }
  return {
    url, headers: { [header]: token }, ...(field === undefined ? {} : { body: new URLSearchParams([[field, token]]) })
  }
}

function find<Found extends Element> (selector: string): Found | undefined {
  return typeof document === 'undefined' ? undefined : document.querySelector<Found>(selector) ?? undefined
}
