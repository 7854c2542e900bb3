import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Locale } from '../client/locales/locale.ts'
import { findLocale } from '../client/locales/pick-locale.ts'
import { check, prefixOf } from '../option-checks.ts'
import { HIDDEN_SCHEMA, ownRouteConfig } from '../request/own-routes.ts'
import { addressIn } from '../request/address.ts'
import type { ClientFiles } from './client-files.ts'
import { clientFilesFor } from './client-files.ts'
import { languagesWith } from './client-texts.ts'
import { SessionClient, TEXTS } from './session-client-decorator.ts'
import type { StaticFile } from './static-file.ts'
import { sendFile } from './static-file.ts'
import type { SessionClientOptions } from './tag-options.ts'
import { checkClientOptions } from './tag-options.ts'

const FOLDER = '/session_security'

/** Serves the scripts, the stylesheet and the texts, and decorates the server with `sessionClient`. */
export async function serveClient (fastify: FastifyInstance, options: SessionClientOptions): Promise<void> {
  checkClientOptions(options)
  const { prefix = '', languages = [], ...tagOptions } = options
  const { log, policy } = fastify.sessionSecurity.shared
  check('pingFormat', policy.pingFormat, '"view" where sessionClient is registered without a pingUrl of its own',
    format => format === 'view' || options.pingUrl !== undefined)
  const place = prefixOf(prefix)
  const locales = languagesWith(languages, (lang, texts) => {
    log.warn({ lang, texts }, 'a language of the option "languages" does not have all texts: these are English')
  })
  const files = clientFilesFor(locales)
  const folder = `${addressIn(fastify, place + FOLDER)}/${files.version}`
  fastify.decorate('sessionClient', new SessionClient(fastify, { options: tagOptions, locales, folder }))
  await fastify.register(async function clientFiles (child) {
    const route = { config: ownRouteConfig(), schema: HIDDEN_SCHEMA, exposeHeadRoute: true }
    for (const folder of [FOLDER, `${FOLDER}/:version`]) {
      for (const file of files.files) {
        child.get(`${folder}/${file.name}`, { ...route, handler: serve(() => file, files) })
      }
      const texts = serve(request => textsFor(request, locales, files), files)
      child.get(`${folder}/texts/:file`, { ...route, handler: texts })
    }
  }, { prefix: place })
}

/** Returns the texts for a tag. Each matching tag leads to a language, so a page need not know the languages. */
function textsFor (
  { params }: FastifyRequest, locales: readonly [Locale, ...Locale[]], { texts }: ClientFiles
): StaticFile | undefined {
  const [, lang] = TEXTS.exec(String(Object(params).file)) ?? []
  if (lang === undefined) return undefined
  const { lang: found } = findLocale(lang, locales) ?? locales[0]
  return texts.get(found.toLowerCase())
}

function serve (find: (request: FastifyRequest) => StaticFile | undefined, { version }: ClientFiles) {
  return async function serveFile (request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const file = find(request)
    if (file === undefined) return reply.callNotFound()
    // Another node may have another version. A file at the other version's address may change, so no cache keeps it for
    // ever.
    const isThisVersion = Object(request.params).version === version
    return await sendFile(request, reply, file, version, isThisVersion ? 'public' : false)
  }
}
