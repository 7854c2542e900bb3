import { createError } from '@fastify/error'

/** `authorize` of the admin page did not return `true`. */
export const NotAuthorizedError = createError(
  'FST_SESSION_SECURITY_NOT_AUTHORIZED', 'You may not administer sessions.', 403)

/**
 * A form was not sent from the admin page itself (https://owasp.org/www-community/attacks/csrf). Nothing was changed.
 */
export const CrossOriginError = createError<[received: string]>(
  'FST_SESSION_SECURITY_CROSS_ORIGIN',
  'This must be sent from the admin page itself; received %s. Nothing was changed.', 403)

/** An address or a form of the admin page has a wrong value. Nothing was changed. */
export const BadInputError = createError<[name: string, expected: string, received: string]>(
  'FST_SESSION_SECURITY_BAD_INPUT', '"%s" must be %s; received %s. Nothing was changed.', 400)

/** The admin page knows no session of this handle. */
export const UnknownSessionError = createError(
  'FST_SESSION_SECURITY_UNKNOWN_SESSION', 'There is no session of this handle, or it is no longer known.', 404)
