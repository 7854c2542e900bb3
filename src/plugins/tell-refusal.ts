import type { FastifyRequest } from 'fastify'
import { publish } from '../diagnostics.ts'
import { StoreUnavailableError } from '../errors.ts'

/** Requests whose refusal has been told. What cannot be saved in `onSend` fails once more when the answer to that failure is sent. */
const told = new WeakSet<FastifyRequest>()

/** Publishes that a request failed because the store was away, whoever asked it: @fastify/session, this package, or the application. */
export function tellRefusal (request: FastifyRequest, error: Error): void {
  if (!(error instanceof StoreUnavailableError) || told.has(request)) return
  told.add(request)
  publish('refused', () => ({ what: 'request', code: error.code }))
}
