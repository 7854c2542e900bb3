import { en } from './en.ts'
import { ar } from './ar.ts'
import { ca } from './ca.ts'
import { cs } from './cs.ts'
import { da } from './da.ts'
import { de } from './de.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'
import { it } from './it.ts'
import { ja } from './ja.ts'
import { nl } from './nl.ts'
import { pl } from './pl.ts'
import { pt } from './pt.ts'
import { ptBR } from './pt-br.ts'
import { sv } from './sv.ts'
import { tr } from './tr.ts'
import { uk } from './uk.ts'
import { zh } from './zh.ts'
import type { Locale } from './locale.ts'

/** Every language that comes with the client. English is first, for people who read none of the others. */
export const locales: readonly [Locale, ...Locale[]] = [
  en, ar, ca, cs, da, de, es, fr, it, ja, nl, pl, pt, ptBR, sv, tr, uk, zh
]
