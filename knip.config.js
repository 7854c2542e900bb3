/** @type {import('knip').KnipConfig} */
export default {
  entry: [
    'src/{index,redis,env,testing,metrics}.ts',
    'src/client/{index,react,vue,session-warning,auto,forms-auto,push}.ts',
    'src/*/assets/*.js',
    'scripts/*.ts',
    'bench/*.ts',
    'bench/requests/load.ts',
    'examples/**/*.js',
    'examples/react-spa/src/main.jsx',
    'test/**/*.{test,package,browsers,tst}.ts',
    'test/**/long-*.ts',
    'test/fleet/*.ts',
    'test/runner/*.ts',
    'test/client/recipes/*'
  ],
  project: ['src/**', 'scripts/**', 'bench/**', 'examples/**', 'test/**'],
  ignoreDependencies: [
    // Pages of tests load these from node_modules.
    '@alpinejs/csp', '@hotwired/turbo', 'focus-trap', 'htmx.org', 'htmx2',
    // Tests run these as commands.
    '@arethetypeswrong/cli', 'publint', 'vitest',
    // A test imports it by a name in a variable: its types contradict those of @fastify/session.
    '@fastify/secure-session'
  ],
  // The example of LDAP starts these. They are no packages of npm.
  ignoreBinaries: ['slapadd', 'slapd']
}
