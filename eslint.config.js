import neostandard from 'neostandard'
import { plainComments } from './eslint-rules/plain-comments.js'

/** The rooms of `src`, from the bottom up. A room imports only from rooms that stand before it in this list. */
const ROOMS = [
  'core', 'diagnostics', 'client', 'store', 'http', 'connections', 'options', 'request', 'sweep', 'ping',
  'browser-files', 'administration', 'admin', 'env', 'metrics', 'testing', 'demo', 'cli'
]

/** The rooms that may import what runs in browsers. */
const READS_CLIENT = ['client', 'browser-files', 'testing']

/** Refuses imports from rooms above, and those that the room's own rules name. */
function room (name, ...forbidden) {
  const above = ROOMS.slice(ROOMS.indexOf(name) + 1)
  const refused = READS_CLIENT.includes(name) ? above : [...new Set([...above, 'client'])]
  const patterns = [
    { group: ['**/index.ts'], message: 'index.ts is for those outside: import the module itself.' },
    { group: ['**/testing.ts', '**/testing/**'], message: 'The test kit is for tests.' },
    { group: refused.map(folder => `**/${folder}/**`), message: 'Imports run downward only: see ROOMS.' },
    ...forbidden
  ].filter(({ group }) => name !== 'testing' || !group.includes('**/testing.ts'))
  return {
    files: [`src/${name}/**/*.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns: patterns.filter(({ group }) => group.length > 0) }] }
  }
}

const noFastify = {
  group: ['fastify', 'fastify-plugin', '@fastify/*', '!@fastify/error'], message: 'This room knows no Fastify.'
}
const noServer = {
  group: ['fastify', 'fastify-plugin', '@fastify/schedule'], message: 'A store knows no server.', allowTypeImports: true
}
const noNode = { group: ['node:*'], message: 'This room runs in browsers.' }
const nothing = { group: ['../*'], message: 'core imports nothing.' }

/** The rules of rooms that have rules of their own. */
const OWN_RULES = {
  core: [nothing, noFastify, noNode],
  diagnostics: [noFastify],
  client: [noFastify, noNode],
  store: [noServer],
  http: [noFastify],
  connections: [noFastify],
  cli: [noFastify]
}

/** Objects of newer browsers than those that the README names. */
const TOO_NEW = [['URL', 'canParse'], ['URL', 'parse'], ['AbortSignal', 'any'], ['AbortSignal', 'timeout']]
const MISSING = 'Browsers that the README names do not have it.'

export default [
  ...neostandard({ ts: true, ignores: ['**/dist', 'coverage'] }),
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/ban-ts-comment': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }]
    }
  },
  {
    files: ['**/*.{js,jsx,ts}'],
    plugins: { local: { rules: { 'plain-comments': plainComments } } },
    rules: {
      '@stylistic/max-len': ['error', { code: 120, ignoreUrls: true }],
      'local/plain-comments': ['error', { firstSentenceWords: 15 }]
    }
  },
  {
    files: ['test/client/recipes/*', 'test/browser/*.js'],
    languageOptions: { globals: { addEventListener: 'readonly', location: 'readonly' } }
  },
  ...ROOMS.map(name => room(name, ...OWN_RULES[name] ?? [])),
  {
    // The compiler knows the age of the language that the client may use, and the newest objects of browsers.
    files: ['src/client/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error', ...TOO_NEW.map(([object, property]) => ({ object, property, message: MISSING }))
      ],
      'no-restricted-globals': ['error', { name: 'structuredClone', message: MISSING }]
    }
  }
]
