import neostandard from 'neostandard'
import { plainComments } from './eslint-rules/plain-comments.js'

/** Folders whose lines are short and whose comments are plain. A folder joins when it is so. */
const PLAIN = [
  'eslint-rules', 'examples', 'scripts', 'src', 'test/admin', 'test/browser', 'test/browsers', 'test/cli',
  'test/client', 'test/connections', 'test/core', 'test/demo', 'test/docs', 'test/env', 'test/eslint-rules',
  'test/fleet', 'test/helpers', 'test/http', 'test/plugins', 'test/redis', 'test/request', 'test/runner', 'test/store',
  'test/testing'
]

/**
 * A folder may import only what lies below it: cli, demo, testing → plugins → request → connections, http → store →
 * core ← client. The pages of `admin` lie between plugins and store; plugins read the client's texts.
 */
function layer (folder, forbidden) {
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: {
      'no-restricted-imports': ['error', {
        patterns: [
          { group: ['**/index.ts'], message: 'index.ts is for those outside: import the module itself.' },
          ...folder === 'testing' ? [] : [{ group: ['**/testing/**', '**/testing.ts'], message: 'The test kit is for tests.' }],
          ...forbidden
        ]
      }]
    }
  }
}

const upward = (...folders) => ({
  group: folders.map(folder => `**/${folder}/**`),
  message: 'Imports run downward only: cli, demo, testing → plugins → request → connections, http → store → core; plugins → admin → store.'
})
const noFastify = { group: ['fastify', 'fastify-plugin', '@fastify/*'], message: 'This folder knows no Fastify.' }
const noNode = { group: ['node:*'], message: 'core runs in browsers too.' }

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
    files: PLAIN.map(folder => `${folder}/**/*.{js,jsx,ts}`),
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
  layer('core', [upward('client', 'store', 'http', 'connections', 'request', 'admin', 'plugins', 'metrics', 'demo', 'cli'), { group: ['../*'], message: 'core imports nothing.' }, noFastify, noNode]),
  layer('http', [upward('client', 'store', 'connections', 'request', 'admin', 'plugins', 'metrics', 'demo', 'cli'), noFastify]),
  layer('store', [upward('client', 'http', 'connections', 'request', 'admin', 'plugins', 'metrics', 'demo', 'cli'), { group: ['fastify', 'fastify-plugin', '@fastify/schedule'], message: 'A store knows no server.', allowTypeImports: true }]),
  layer('client', [upward('store', 'http', 'connections', 'request', 'admin', 'plugins', 'metrics', 'demo', 'cli'), noFastify, { ...noNode, message: 'The client runs in browsers.' }]),
  {
    // The compiler knows how old the language is that the client may use; of the browser's own objects it knows the newest.
    files: ['src/client/**/*.ts'],
    rules: {
      'no-restricted-properties': ['error', ...[['URL', 'canParse'], ['URL', 'parse'], ['AbortSignal', 'any'], ['AbortSignal', 'timeout']].map(
        ([object, property]) => ({ object, property, message: 'Browsers that the README names do not have it.' }))],
      'no-restricted-globals': ['error', { name: 'structuredClone', message: 'Browsers that the README names do not have it.' }]
    }
  },
  layer('connections', [upward('client', 'http', 'request', 'admin', 'plugins', 'metrics', 'demo', 'cli'), noFastify]),
  layer('request', [upward('client', 'admin', 'plugins', 'metrics', 'demo', 'cli')]),
  layer('admin', [upward('client', 'http', 'connections', 'request', 'plugins', 'metrics', 'demo', 'cli'), noFastify]),
  layer('plugins', [upward('metrics', 'demo', 'cli')]),
  layer('metrics', [upward('demo', 'cli')]),
  layer('demo', [upward('metrics', 'cli')]),
  layer('testing', [upward('admin', 'metrics', 'demo', 'cli')]),
  layer('cli', [upward('metrics', 'demo'), { ...noFastify, message: 'An operator\'s machine need not have Fastify.' }])
]
