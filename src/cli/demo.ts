import { Problem } from './problem.ts'

/**
 * Starts the demo, which runs until a signal ends it. Only this command loads Fastify: the machine of an operator need
 * not have it.
 */
export async function startDemo (args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { runDemo } = await import('../demo/run.ts').catch(explain)
  await runDemo(args, env)
}

function explain (error: unknown): never {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error
  throw new Problem('The demo is a Fastify server. It needs: npm install fastify')
}
