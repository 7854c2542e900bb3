import type { FastifyInstance, FastifyRequest } from 'fastify'
import { fromWord } from '../store/redis/words.ts'

/** The most bytes of a form. It has some hundred characters, each of which may take nine bytes. */
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

  /** The field in which @fastify/csrf-protection looks for its token. */
  get _csrf (): string | undefined {
    return this.get('_csrf') ?? undefined
  }
}

/** Makes the admin page read forms only. The parsers of the application elsewhere stay as they are. */
export function readForms (fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser(
    'application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: FORM_LIMIT_BYTES },
    async (_request: FastifyRequest, body: string) => new Form(body)
  )
}

/** Returns the fields of an address, which a submitted form writes alike. */
export function fieldsIn (query: string): URLSearchParams {
  return new Form(query)
}

export function formOf ({ body }: FastifyRequest): URLSearchParams {
  return body instanceof Form ? body : new Form('')
}
