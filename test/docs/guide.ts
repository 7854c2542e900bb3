import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import type { SessionSecurityOptions } from '../../src/options/options.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import { SECRET } from '../helpers/app.ts'
import { pageText } from './page.ts'

/** Snippets that other tests compare with files that they run. */
const COMPARED = /<!-- (timer|recipe: [\w-]+) -->\n[\s\S]*?<!-- \/\w+ -->/g

/** A page of `docs/guides`, of which a test runs every snippet. */
export class Guide {
  readonly text: string
  readonly #codes: readonly string[]
  readonly #taken = new Set<string>()

  constructor (text: string) {
    this.text = text
    const found = text.replaceAll(COMPARED, '').matchAll(/^```(?:js|jsx|ts)\n([\s\S]*?)^```/gm)
    this.#codes = [...found].map(([, code = '']) => code)
  }

  static open (name: string): Guide {
    return new Guide(pageText(`docs/guides/${name}.md`))
  }

  /** Returns the one snippet that holds this text. */
  whole (text: string): string {
    const found = this.#codes.filter(code => code.includes(text))
    assert.equal(found.length, 1, `there is one snippet with: ${text}`)
    for (const code of found) this.#taken.add(code)
    return found.join('')
  }

  /** The same without its imports, for `run()`. */
  code (text: string): string {
    return this.whole(text).replaceAll(/^import [^']*'[^']*'\n/gm, '')
  }

  /** The texts in the first cells of its tables whose cells are code. */
  firstCells (): string[] {
    return [...this.text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = '']) => name)
  }

  /** Fails where a snippet has not been taken. */
  assertAllTaken (): void {
    assert.deepEqual(this.#codes.filter(code => !this.#taken.has(code)), [])
  }
}

/** An application that is closed after the test. */
export function newApp (test: TestContext): FastifyInstance {
  const app = Fastify()
  test.after(async () => await app.close())
  return app
}

/** The same with the plugin, for people whose session holds `user`. */
export async function appWithSessions (
  test: TestContext, options: Partial<SessionSecurityOptions> = {}
): Promise<FastifyInstance> {
  const app = newApp(test)
  await app.register(sessionSecurity, {
    session: { secret: SECRET, cookie: { secure: false } },
    userOf: session => session.user,
    ...options
  })
  return app
}
