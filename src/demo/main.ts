import { runDemo } from './run.ts'

await runDemo('npm start --', process.argv.slice(2), process.env)
