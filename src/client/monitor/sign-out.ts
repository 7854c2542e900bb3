import { attributeOf, native } from '../elements.ts'
import type { MonitorOptions } from './monitor-options.ts'

/** The request of a sign-out. */
interface SignOutRequest {
  readonly url: string
  readonly headers?: Record<string, string>
  readonly body?: URLSearchParams
}

/**
 * Asks the server to sign out. It ignores the answer: many servers redirect to a page, which would be loaded for
 * nothing. The ping that follows shows whether the sign-out succeeded.
 */
export async function requestSignOut (options: MonitorOptions): Promise<void> {
  const { signOut, signOutUrl, fetch = globalThis.fetch } = options
  if (signOut !== undefined) await signOut()
  else if (signOutUrl !== undefined) {
    const { url, ...init } = { ...withToken(signOutUrl, options), ...ownForm() }
    await fetch(url, { method: 'POST', redirect: 'manual', ...init })
  }
}

/**
 * Returns the request that the page's own sign-out form would send. The form may hold the token in the field that the
 * server reads.
 */
function ownForm (): SignOutRequest | undefined {
  const form = find<HTMLFormElement>('form[data-session-sign-out]')
  if (form === undefined || attributeOf(form, 'method').toLowerCase() !== 'post') return undefined
  const url = new URL(attributeOf(form, 'action') || location.href, native(document).baseURI)
  if (url.origin !== location.origin) return undefined
  const named = <Found extends HTMLInputElement | HTMLButtonElement>(selector: string): Found[] =>
    [...native(document).querySelectorAll<Found>(selector)].filter(field => field.form === form)
  // A FormData would tell the page's scripts that the form is being sent.
  const fields = [
    ...named('input[type=hidden][name]'), ...named('button[name]:not([type=button], [type=reset])').slice(0, 1)
  ]
  // Without fields, the request has no body: then the server needs no parser.
  return {
    url: url.href,
    ...(fields.length === 0 ? {} : { body: new URLSearchParams(fields.map(({ name, value }) => [name, value])) })
  }
}

/**
 * Adds the token against request forgery as a header, and as a field if wanted. The page was given the token, or `<meta
 * name="csrf-token">` holds it by now.
 */
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
  return typeof document === 'undefined' ? undefined : native(document).querySelector<Found>(selector) ?? undefined
}
