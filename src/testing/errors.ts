import { createError } from '@fastify/error'

/** A test asks for something that its application, its store, or the kit cannot do. */
export const TestKitError = createError<[problem: string]>(
  'FST_SESSION_SECURITY_TEST_KIT', 'The test kit cannot go on: %s.', 500)
