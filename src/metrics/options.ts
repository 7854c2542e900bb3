import type { OpenMetricsContentType, Registry } from 'prom-client'
import { register } from 'prom-client'
import { check, isBoolean, isFunction, refuseUnknown } from '../option-checks.ts'

/** A registry of prom-client, in either format. */
export type MetricsRegistry = Registry | Registry<OpenMetricsContentType>

export interface SessionMetricsOptions {
  /** The registry that the metrics go to. Default: the global one of prom-client. */
  registry?: MetricsRegistry | undefined
  /** Where they are served. `false`: nowhere; the application serves its registry itself. Default `/metrics`. */
  url?: string | false | undefined
  /** Whether each scrape asks the store how many sessions there are. Default: where the store can tell. */
  stats?: boolean | undefined
  /** Put before `url`. */
  prefix?: string
}

export interface MetricsPolicy {
  readonly registry: MetricsRegistry
  readonly url: string | false
  readonly stats: boolean
}

export const DEFAULT_URL = '/metrics'

/** @throws {BadOptionError | UnknownOptionError} */
export function resolveMetricsOptions ({ prefix, ...options }: SessionMetricsOptions, canList: boolean): MetricsPolicy {
  refuseUnknown(options, ['registry', 'url', 'stats'])
  const { registry = register, url = DEFAULT_URL, stats = canList } = options
  const isRegistry = (): boolean => isFunction(registry.registerMetric) && isFunction(registry.metrics)
  check('registry', registry, 'a Registry of prom-client', isRegistry, kind)
  check('url', url, 'a path that starts with "/", or false', () => url === false || /^\/[^?#\s]*$/.test(url))
  const expected = canList ? 'true or false' : 'false: this store cannot list its sessions'
  check('stats', stats, expected, () => isBoolean(stats) && (canList || !stats))
  return { registry, url, stats }
}

/** A registry is large. */
function kind (value: unknown): string {
  return value === null ? 'null' : typeof value
}
