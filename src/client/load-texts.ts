import type { LoadOptions } from './load-module.ts'
import { loadModule } from './load-module.ts'
import { en } from './locales/en.ts'
import type { Locale } from './locales/locale.ts'
import { lookupTags } from './locales/pick-locale.ts'

const TAG = /^[a-z]{2,8}([-_][a-z0-9]{1,8})*$/i

/** After so many, in five seconds, the texts are English: a warning must not wait for a network that is gone. */
const ATTEMPTS = 3

/**
 * Loads the texts of one language. The server has them under every tag that they are right for; where the files lie on a
 * server that knows nothing of languages, `pt-PT` is found as `pt`. English is what is not there: a language, or a text
 * that a server of another version does not have.
 *
 * @param lang BCP 47; empty, or no tag at all: English
 * @param base the address of the script beside which the folder `texts` is
 */
export async function loadTexts (lang: string, base: string, options?: LoadOptions): Promise<Locale> {
  const tags = TAG.test(lang) ? lookupTags(lang) : ['en']
  const addresses = tags.map(tag => new URL(`texts/${tag}.js`, base).href)
  try {
    const found = await loadModule(addresses, { attempts: ATTEMPTS, ...options })
    return { ...en, ...(found as { readonly default: Locale }).default }
  } catch {
    return en
  }
}
