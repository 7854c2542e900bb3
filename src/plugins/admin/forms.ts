import type { FastifyInstance, FastifyRequest } from 'fastify'

/** A user, a token or a page of a list: a few hundred characters, each of which may be written as nine. */
export const FORM_LIMIT_BYTES = 16_384

/** The fields of a form. */
class Form extends URLSearchParams {
  /** Where @fastify/csrf-protection looks for its token. */
  get _csrf (): string | undefined {
    return this.get('_csrf') ?? undefined
  }
}

/** Forms are all that the admin page is sent. What the application reads elsewhere is left as it is. */
export function readForms (fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: FORM_LIMIT_BYTES }, async (_request: FastifyRequest, body: string) => new Form(body))
}

export function formOf ({ body }: FastifyRequest): URLSearchParams {
  return body instanceof Form ? body : new Form()
}
