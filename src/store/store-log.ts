/** Receives what the users of a store should know. Fastify's logger is such a log. */
export interface StoreLog {
  info (details: object, message: string): void
  warn (details: object, message: string): void
  error (details: object, message: string): void
}
