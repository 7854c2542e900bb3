import { signerFactory } from '@fastify/cookie'
import type { FastifySessionOptions } from '@fastify/session'
import type { ApplicationMarks } from '../store/application-marks.ts'
import type { CookieSigner } from '../options/remembering-signer.ts'

/**
 * The text that an application signs to make its mark.
 *
 * The mark stands in the store, where others may read it. It looks like a cookie for a session of this id, but no such
 * session exists or can begin: no session begins under an id that came with a request, and ids are random. A person who
 * reads the mark can try secrets on it, as the holder of any cookie can.
 */
const NAME = 'fastify-session-security:application'

/**
 * Makes the marks of an application from its secret.
 *
 * With several secrets, as during a change of secrets, each gives one mark. So a node that has only the former secret
 * recognises one of them. A signer of the application gives one mark, and a new one when it asks for a renewal.
 */
export function applicationMarks (
  secret: FastifySessionOptions['secret'], algorithm: string | undefined, signer: CookieSigner
): ApplicationMarks {
  const own = (): string[] => Array.isArray(secret)
    ? secret.map((one: string) => signerFactory([one], algorithm).sign(NAME))
    : [signer.sign(NAME)]
  return {
    own,
    missing (known) {
      const verdicts = known.map(mark => signer.unsign(mark)).filter(({ valid, value }) => valid && value === NAME)
      if (verdicts.length === 0) return null
      const isCustom = typeof secret === 'object' && !Array.isArray(secret) // it may sign otherwise each time
      if (isCustom && verdicts.some(({ renew }) => !renew)) return []
      return own().filter(mark => !known.includes(mark))
    }
  }
}
