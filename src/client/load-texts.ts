import type { ModuleLoader } from './load-module.ts'
import { loadModule } from './load-module.ts'
import type { Locale } from './locales/locale.ts'
import { lookupTags } from './locales/pick-locale.ts'

const TAG = /^[a-z]{2,8}([-_][a-z0-9]{1,8})*$/i

/**
 * Loads the texts of one language. The server has them under every tag that they are right for; where the files lie on a
 * server that knows nothing of languages, `pt-PT` is found as `pt`, and what is not there is English.
 *
 * @param lang BCP 47; empty, or no tag at all: English
 * @param base the address of the script beside which the folder `texts` is
 */
export async function loadTexts (lang: string, base: string, loader?: ModuleLoader): Promise<Locale> {
  const addressOf = (tag: string): string => new URL(`texts/${tag}.js`, base).href
  const tags = TAG.test(lang) ? lookupTags(lang) : ['en']
  const { default: texts } = await loadModule(tags.map(addressOf), tags.includes('en') ? [] : [addressOf('en')], loader) as { readonly default: Locale }
  return texts
}
