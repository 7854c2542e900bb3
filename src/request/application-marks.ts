import { signerFactory } from '@fastify/cookie'
import type { FastifySessionOptions } from '@fastify/session'
import type { ApplicationMarks } from '../store/application-marks.ts'
import type { CookieSigner } from './remembering-signer.ts'

/**
 * An application signs this. The mark stands where others may read it, and is as good as a cookie for a session of this id: there is none,
 * and none can begin under it, since no session begins under an id that came with a request, and ids are made at random. Who
 * reads the mark can try secrets on it, as the holder of any cookie can.
 */
const NAME = 'fastify-session-security:application'

/**
 * Marks by the application's secret. With several secrets, as while they are changed, there is one mark for each: a node that
 * has only the former one yet knows the mark of that. A signer of the application's makes one, anew where it says so.
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
      const isCustom = typeof secret === 'object' && !Array.isArray(secret) // it may give another text each time
      if (isCustom && verdicts.some(({ renew }) => !renew)) return []
      return own().filter(mark => !known.includes(mark))
    }
  }
}
