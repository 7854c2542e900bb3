import type { PageOptions } from './monitor/monitor-api.ts'
import type { MonitorOptions } from './monitor/monitor-options.ts'
import { isAnswer } from './monitor/pinger.ts'
import { pageAddress } from './page-address.ts'

/** Reads the options of the monitor from the attributes of the client's element. */
export function monitorOptionsOf (attributes: DOMStringMap, defaultPingUrl: string): MonitorOptions {
  const { csrfToken: token, csrfHeader: header, csrfField: field, pingUrl, extendBy } = attributes
  const signOutUrl = pageAddress(attributes['signOutUrl'])
  const redirectToLogout = pageAddress(attributes['redirectToLogout'])
  const loginUrl = pageAddress(attributes['loginUrl'])
  return {
    pingUrl: pageAddress(pingUrl) ?? defaultPingUrl,
    extendBy: extendBy === 'button' ? 'button' : 'activity',
    csrf: given({ token, header, field }),
    ...given({ signOutUrl, redirectToLogout, loginUrl }),
    ...pageOptionsOf(attributes)
  }
}

/** Reads the options of the page from the attributes. */
export function pageOptionsOf ({ tag, user, view: text }: DOMStringMap): PageOptions {
  const view = parse<unknown>(text)
  return {
    ...given({ tag }),
    ...(user === undefined ? {} : { user: user === '' ? null : user }),
    ...(isAnswer(view) && view.state !== 'ended' ? { view } : {})
  }
}

/** Parses the JSON of an attribute. Wrong JSON must not keep the client from starting. */
export function parse<Value> (text: string | undefined): Value | undefined {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Returns the attributes that are set. */
export function given<Name extends string> (attributes: Record<Name, string | undefined>): { [name in Name]?: string } {
  return Object.fromEntries(Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== '')) as { [name in Name]?: string }
}
