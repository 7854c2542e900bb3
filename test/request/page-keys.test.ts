import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { PageKeys, pageKeysOf } from '../../src/request/page-keys.ts'
import { rememberingSigner } from '../../src/options/remembering-signer.ts'
import { SECRET } from '../helpers/app.ts'

const OTHER = 'another secret that is long enough, too'

function keysBy (secret: Parameters<typeof pageKeysOf>[0]): PageKeys {
  const keys = pageKeysOf(secret, rememberingSigner(secret))
  assert.ok(keys !== null)
  return keys
}

describe('the keys that pages know users by', () => {
  it('are the same wherever the secret is the same, and others for each user, purpose and secret', () => {
    const ada = keysBy(SECRET).keysOf('ada')
    assert.match(ada.user, /^[\w-]{22}$/)
    assert.equal(Buffer.from(ada.draft, 'base64url').length, 32)
    assert.deepEqual(keysBy(SECRET).keysOf('ada'), ada)
    assert.ok(!ada.draft.startsWith(ada.user))
    for (const others of [keysBy(SECRET).keysOf('bob'), keysBy(OTHER).keysOf('ada')]) {
      assert.notEqual(others.user, ada.user)
      assert.notEqual(others.draft, ada.draft)
    }
  })

  it('are those of the first of several secrets, and of a text and its bytes alike', () => {
    const ada = keysBy(SECRET).keysOf('ada')
    assert.deepEqual(keysBy([SECRET, OTHER]).keysOf('ada'), ada)
    assert.deepEqual(keysBy([Buffer.from(SECRET)] as unknown as string[]).keysOf('ada'), ada)
    assert.notDeepEqual(keysBy([OTHER, SECRET]).keysOf('ada'), ada)
  })

  it('cannot be had from an application that signs any cookie with the secret', () => {
    const keys = keysBy(SECRET)
    const { user, draft } = keys.keysOf('ada')
    const tag = keys.tagOf('ada', 1)
    for (const text of ['user key ada', 'draft key ada', 'tag 1 ada', 'fastify-session-security pages', 'ada']) {
      const signature = createHmac('sha256', SECRET).update(text).digest('base64url')
      for (const key of [user, draft, tag]) assert.ok(!signature.startsWith(key))
      assert.notDeepEqual(new PageKeys(signature).keysOf('ada').user, user)
    }
  })

  it('are computed once per user and session, and forgotten when there are too many', () => {
    const keys = keysBy(SECRET)
    const ada = keys.keysOf('ada')
    const tag = keys.tagOf('ada', 1)
    assert.equal(keys.keysOf('ada'), ada)
    for (let i = 0; i < 10_001; i++) {
      keys.keysOf(`user ${i}`)
      keys.tagOf('bob', i)
    }
    assert.notEqual(keys.keysOf('ada'), ada)
    assert.deepEqual(keys.keysOf('ada'), ada)
    assert.equal(keys.tagOf('ada', 1), tag)
  })

  it('come from a signer of the application\'s, unless that signs the same text otherwise each time', () => {
    const signer = (sign: (text: string) => string) => ({
      sign, unsign: () => ({ valid: false, renew: false, value: null })
    })
    const steady = keysBy(signer(text => `${text}.${createHmac('sha1', 'x').update(text).digest('hex')}`))
    const other = keysBy(signer(text => `${text}.${createHmac('sha1', 'y').update(text).digest('hex')}`))
    assert.match(steady.keysOf('ada').user, /^[\w-]{22}$/)
    assert.notEqual(steady.keysOf('ada').user, other.keysOf('ada').user)
    let count = 0
    const changing = signer(text => `${text}.${count++}`)
    assert.equal(pageKeysOf(changing, changing), null)
  })

  it('name a session by its user and the moment of the sign-in', () => {
    const keys = keysBy(SECRET)
    const tag = keys.tagOf('ada', 1000)
    assert.match(tag, /^[\w-]{12}$/)
    assert.equal(keys.tagOf('ada', 1000), tag)
    assert.equal(new Set([tag, keys.tagOf('ada', 1001), keys.tagOf('bob', 1000), keys.tagOf(undefined, 1000)]).size, 4)
  })
})
