export { environmentNotes, optionsFromEnv } from './env/options-from-env.ts'
export type { EnvChoices } from './env/options-from-env.ts'
