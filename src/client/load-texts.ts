import type { LoadOptions } from './load-module.ts'
import { loadModule } from './load-module.ts'
import { en } from './locales/en.ts'
import type { Locale } from './locales/locale.ts'
import { lookupTags } from './locales/pick-locale.ts'

const TAG = /^[a-z]{2,8}([-_][a-z0-9]{1,8})*$/i

/**
 * The number of attempts, which take five seconds. Then the texts are English: a warning must not wait for a lost
 * network.
 */
const ATTEMPTS = 3

/**
 * Loads the texts of one language. The server has them under every tag that fits. A server that knows nothing of
 * languages is asked for `pt-PT` first, then for `pt`. The client falls back to English for a language, or a text, that
 * the server does not have.
 *
 * @param lang BCP 47; English if it is empty, or no tag at all
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
