import type { OpenMetricsContentType, Registry } from 'prom-client'
import { register } from 'prom-client'
import { check, isBoolean, isFunction, refuseUnknown } from '../option-checks.ts'

/** A registry of prom-client, in either format. */
export type MetricsRegistry = Registry | Registry<OpenMetricsContentType>

/** The options of `sessionMetrics`. */
export interface SessionMetricsOptions {
  /** The registry to which the metrics go. Default: the global `register` of prom-client. */
  registry?: MetricsRegistry | undefined
  /** The path at which they are served. `false`: the application serves its registry itself. Default `/metrics`. */
  url?: string | false | undefined
  /** Whether each scrape asks the store for `stats()`. Default: `true` where the store can list. */
  stats?: boolean | undefined
  /** A path that is put before `url`. Default none. */
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

/** Returns the type of a wrong registry, for an error. The value itself may be large. */
function kind (value: unknown): string {
  return value === null ? 'null' : typeof value
}
