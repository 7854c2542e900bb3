import Fastify from 'fastify'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { describe, expect, test } from 'tstyche'
import { sessionAdmin } from '../../src/index.ts'
import type { SessionAdminOptions } from '../../src/index.ts'

const app = Fastify()
const authorize = (request: FastifyRequest) => request.method === 'GET'

describe('the admin page', () => {
  test('is a plugin with options of its own', () => {
    expect(sessionAdmin).type.toBe<FastifyPluginAsync<SessionAdminOptions>>()
    expect(app.register).type.toBeCallableWith(sessionAdmin, { authorize })
    expect(app.register).type.toBeCallableWith(sessionAdmin, {
      authorize: async (request: FastifyRequest) => request.method === 'GET',
      who: (request: FastifyRequest) => request.ip,
      pageSize: 100,
      prefix: '/admin/sessions',
      homeUrl: '/wards',
      signOutUrl: '/sign-out',
      loginUrl: '/sign-in'
    })
  })

  test('cannot be had without "authorize"', () => {
    expect<SessionAdminOptions>().type.not.toBeAssignableFrom<{}>()
    expect<SessionAdminOptions>().type.not.toBeAssignableFrom<{ prefix: string }>()
  })

  test('is not opened by an answer that is neither true nor false', () => {
    expect<SessionAdminOptions>().type.not.toBeAssignableFrom<{ authorize: () => string }>()
    expect<SessionAdminOptions>().type.not.toBeAssignableFrom<{ authorize: () => Promise<void> }>()
    expect<SessionAdminOptions>().type.not.toBeAssignableFrom<{ authorize: boolean }>()
  })

  test('names an operator by a text, a number or not at all', () => {
    expect<SessionAdminOptions>().type.toBeAssignableFrom<{
      authorize: () => true,
      who: () => string | number | null | undefined
    }>()
    expect<SessionAdminOptions>().type.not.toBeAssignableFrom<{ authorize: () => true, who: () => Promise<string> }>()
    expect<SessionAdminOptions>().type.not.toBeAssignableFrom<{ authorize: () => true, pageSize: string }>()
  })
})
