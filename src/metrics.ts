export { sessionMetrics, sessionMetrics as default } from './metrics/session-metrics.ts'
export type { SessionMetricsOptions } from './metrics/options.ts'
