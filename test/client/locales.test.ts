import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { locales } from '../../src/client/locales/all.ts'
import { en } from '../../src/client/locales/en.ts'
import type { Locale, Plural } from '../../src/client/locales/locale.ts'
import { noticeText } from '../../src/client/locales/notice-text.ts'
import { countdownText, durationText, fill } from '../../src/client/locales/phrases.ts'
import { pickLocale } from '../../src/client/locales/pick-locale.ts'

const LANGUAGES = [
  'ar', 'ca', 'cs', 'da', 'de', 'en', 'es', 'fr', 'it', 'ja', 'nl', 'pl', 'pt', 'pt-BR', 'sv', 'tr', 'uk', 'zh'
]

/** The texts with a time in them. The others have none. */
const TIMED = ['idle', 'absolute', 'spoken', 'tab', 'notice']

function textsOf (locale: Locale): Array<[string, string]> {
  return Object.entries(locale).filter((entry): entry is [string, string] =>
    typeof entry[1] === 'string' && !['lang', 'dir'].includes(entry[0])
  )
}

function pluralsOf ({ second, minute, hour, field }: Locale): Plural[] {
  return [second, minute, hour, field]
}

function localeOf (lang: string): Locale {
  return pickLocale(lang, locales)
}

describe('the locales', () => {
  it('are those of the list, once each', () => {
    assert.deepEqual(locales.map(({ lang }) => lang).sort(), LANGUAGES)
  })

  for (const locale of locales) {
    it(`${locale.lang} has a text for every plural category of the language, and for no other`, () => {
      const categories = new Intl.PluralRules(locale.lang).resolvedOptions().pluralCategories
      for (const plural of pluralsOf(locale)) assert.deepEqual(Object.keys(plural).sort(), [...categories].sort())
    })

    it(`${locale.lang} names the time where there is one, nowhere else, and marks up nothing`, () => {
      const texts = textsOf(locale)
      assert.deepEqual(Object.keys(locale), Object.keys(en))
      for (const [key, text] of texts) {
        assert.equal(text.split('{time}').length, TIMED.includes(key) ? 2 : 1, key)
        for (const part of ['{done}', '{all}']) {
          assert.equal(text.split(part).length, key === 'restoredSome' ? 2 : 1, key)
        }
        assert.match(text.replace(/\{(time|done|all)\}/g, ''), /^[^<>&{}]+$/, key)
        assert.equal(text.trim(), text, key)
      }
    })

    it(`${locale.lang} says every time up to an hour with its number`, () => {
      for (const count of [1, 2, 3, 5, 11, 21, 59]) {
        const says = durationText(locale, count * 60)
        const isInWords = locale.lang === 'ar' && count <= 2
        assert.equal(says.includes(String(count)), !isInWords, says)
        assert.doesNotMatch(says, /#/)
      }
    })

    it(`${locale.lang} is written from the side that its script is`, () => {
      assert.equal(locale.dir, /\p{Script=Arabic}/u.test(locale.title) ? 'rtl' : 'ltr')
    })
  }

  it('are translated: only what two languages share is the same in both', () => {
    for (const one of locales) {
      for (const other of locales) {
        if (one.lang.slice(0, 2) === other.lang.slice(0, 2)) continue
        for (const key of ['title', 'idle', 'absolute', 'hidden', 'draft', 'notice'] as const) {
          assert.notEqual(one[key], other[key], `${one.lang} ${other.lang} ${key}`)
        }
      }
    }
  })
})

describe('pickLocale', () => {
  for (const [tag, lang] of [
    ['de', 'de'], ['de-AT', 'de'], ['pt-PT', 'pt'], [
      'pt-BR', 'pt-BR'
    ], ['pt-br', 'pt-BR'], ['PT_BR', 'pt-BR'], ['zh-Hant', 'zh'],
    ['zh-Hant-TW', 'zh'], ['ar-EG', 'ar'], ['', 'en'], ['fi', 'en'], ['d', 'en'], ['deu', 'en'], ['x-klingon', 'en']
  ] as const) {
    it(`gives ${JSON.stringify(tag)} the texts of ${lang}`, () => {
      assert.equal(localeOf(tag).lang, lang)
    })
  }
})

describe('countdownText', () => {
  it('says minutes and seconds, and neither when there is none of it', () => {
    assert.deepEqual([102, 61, 60, 59, 1, 0].map(seconds => countdownText(en, seconds)),
      ['1 minute 42 seconds', '1 minute 1 second', '1 minute', '59 seconds', '1 second', '0 seconds'])
  })

  it('speaks each language in the case that its sentence wants', () => {
    const spoken = (lang: string, seconds: number): string => fill(
      localeOf(lang).spoken, countdownText(localeOf(lang), seconds)
    )
    assert.equal(spoken('pl', 61), 'Wylogowanie nastąpi za 1 minutę i 1 sekundę.')
    assert.equal(spoken('pl', 22), 'Wylogowanie nastąpi za 22 sekundy.')
    assert.equal(spoken('cs', 65), 'Za 1 minutu 5 sekund budete odhlášeni.')
    assert.equal(spoken('de', 62), 'Sie werden in 1 Minute, 2 Sekunden abgemeldet.')
    assert.equal(spoken('uk', 21), 'Сеанс буде завершено через 21 секунду.')
    assert.equal(spoken('ja', 62), 'あと1分2秒でログアウトします。')
    assert.equal(spoken('ar', 2), 'سيتم تسجيل خروجك خلال ثانيتين.')
  })
})

describe('noticeText', () => {
  it('says how long nobody may be active, in the largest unit that fits', () => {
    assert.equal(noticeText('en', 600), 'For your security, you are signed out after 10 minutes without activity.')
    assert.equal(noticeText('en', 3600), 'For your security, you are signed out after 1 hour without activity.')
    assert.equal(noticeText('en', 5400), 'For your security, you are signed out after 90 minutes without activity.')
    assert.equal(
      noticeText('en', 90), 'For your security, you are signed out after 1 minute 30 seconds without activity.'
    )
    assert.equal(noticeText('en', 5.2), 'For your security, you are signed out after 6 seconds without activity.')
  })

  it('is said in the language of the page', () => {
    assert.equal(noticeText('de-CH', 900), 'Zu Ihrer Sicherheit werden Sie nach 15 Minuten ohne Aktivität abgemeldet.')
    assert.equal(
      noticeText('pl', 300),
      'Ze względów bezpieczeństwa wylogowanie następuje, gdy przez 5 minut nie ma aktywności.'
    )
  })
})
