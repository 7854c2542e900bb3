import { Problem } from './problem.ts'

/** Starts the demo, which then runs until a signal ends it. Loaded only here: what it needs, an operator's machine need not have. */
export async function startDemo (args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { runDemo } = await import('../demo/run.ts').catch(explain)
  await runDemo(args, env)
}

function explain (error: unknown): never {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error
  throw new Problem('The demo is a Fastify server, and needs: npm install fastify')
}
