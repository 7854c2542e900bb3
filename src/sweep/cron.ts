import { AsyncTask, CronJob } from 'toad-scheduler'
import { BadOptionError } from '../errors.ts'

export interface Cron {
  readonly cron: string
  readonly timezone?: string
}

/**
 * Makes a job of a cron expression.
 * @throws {BadOptionError} at once: a job by itself checks its expression only when it starts
 */
export function cronJob ({ cron, timezone }: Cron, task: AsyncTask): CronJob {
  const when = { cronExpression: cron, ...(timezone === undefined ? {} : { timezone }) }
  const job = new CronJob(when, task, { preventOverrun: true, unref: true })
  try {
    job.start()
    job.stop()
  } catch (error) {
    throw new BadOptionError('sweep.cron', 'a cron expression such as "0 5 * * *"', `"${cron}" (${String(error)})`)
  }
  return job
}

/** @throws {BadOptionError} */
export function checkCron (cron: Cron): void {
  cronJob(cron, new AsyncTask('nothing', async () => {}))
}
