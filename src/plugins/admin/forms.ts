import type { FastifyInstance, FastifyRequest } from 'fastify'
import { fromWord } from '../../store/redis/words.ts'

/** A user, a token or a page of a list: a few hundred characters, each of which may be written as nine. */
const FORM_LIMIT_BYTES = 16_384

/** The fields of a form. A name with an asterisk has a value that is percent-encoded once more. */
class Form extends URLSearchParams {
  constructor (body: string) {
    super(body)
    for (const [name, value] of [...this]) {
      const decoded = name.endsWith('*') ? fromWord(value) : null
      if (decoded != null) this.append(name.slice(0, -1), decoded)
    }
  }

  /** Where @fastify/csrf-protection looks for its token. */
  get _csrf (): string | undefined {
    return this.get('_csrf') ?? undefined
  }
}

/** Forms are all that the admin page is sent. What the application reads elsewhere is left as it is. */
export function readForms (fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser(
    'application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: FORM_LIMIT_BYTES },
    async (_request: FastifyRequest, body: string) => new Form(body)
  )
}

/** The fields of an address: those of a form that is sent so are written alike. */
export function fieldsIn (query: string): URLSearchParams {
  return new Form(query)
}

export function formOf ({ body }: FastifyRequest): URLSearchParams {
  return body instanceof Form ? body : new Form('')
}
