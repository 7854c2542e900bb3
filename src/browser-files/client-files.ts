import type { Locale } from '../client/locales/locale.ts'
import type { StaticFile } from './static-file.ts'
import { CLIENT_BUNDLE } from './client-bundle.built.ts'
import { staticFile, versionOf } from './static-file.ts'

/** The files of the browser client. */
export interface ClientFiles {
  /** The files `client.js`, `forms.js`, `push.js` and `client.css`. */
  readonly files: readonly StaticFile[]
  /** A module of texts for each language, by its tag in lower case: `pt-br`. */
  readonly texts: ReadonlyMap<string, StaticFile>
  /** The version of all files. If one changes, all get another address, so that a script imports files that fit it. */
  readonly version: string
}

/** Makes the client's files: scripts, stylesheet and texts. */
export function clientFilesFor (locales: readonly Locale[]): ClientFiles {
  const files = Object.entries(CLIENT_BUNDLE).map(([name, text]) => staticFile(name, text))
  const texts = new Map(locales.map(locale => {
    const tag = locale.lang.toLowerCase()
    return [tag, staticFile(`${tag}.js`, textsModule(locale))]
  }))
  return { files, texts, version: versionOf(...files, ...texts.values()) }
}

/** Returns the module of a language. JSON is JavaScript, line separators included (ES2019). */
function textsModule (locale: Locale): string {
  return `export default ${JSON.stringify(locale)}\n`
}
