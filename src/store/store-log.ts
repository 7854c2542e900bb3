/** Where a store says what its users should know. Fastify's logger is one. */
export interface StoreLog {
  info (details: object, message: string): void
  warn (details: object, message: string): void
  error (details: object, message: string): void
}
