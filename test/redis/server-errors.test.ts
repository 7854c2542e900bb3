import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { judgeError } from '../../src/store/redis/server-errors.ts'

const BEHIND = ' script: 9566dc7b44fbfe0599db9d290fa8f721b9ce2943, on @user_script:180.'
const IN_6_2 = 'ERR Error running script (call to f_9566dc7b44fbfe0599db9d290fa8f721b9ce2943): ' +
  '@user_script:180: @user_script: 180: -'

const CASES: ReadonlyArray<readonly [verdict: string, ...texts: string[]]> = [
  [
    'outage',
    'READONLY You can\'t write against a read only replica.',
    `READONLY You can't write against a read only replica.${BEHIND}`,
    `ERR READONLY You can't write against a read only replica.${BEHIND}`,
    `${IN_6_2}READONLY You can't write against a read only replica. `,
    `${IN_6_2}MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.`,
    `ERR NOREPLICAS Not enough good replicas to write.${BEHIND}`,
    'MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to \'no\'.',
    'CLUSTERDOWN The cluster is down',
    'NOAUTH Authentication required.',
    'WRONGPASS invalid username-password pair or user is disabled.',
    'ERR max number of clients reached',
    'ERR max number of clients + cluster connections reached'
  ],
  [
    'outage that passes',
    'LOADING Redis is loading the dataset in memory',
    'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.'
  ],
  [
    'refusal',
    `OOM command not allowed when used memory > 'maxmemory'.${BEHIND}`,
    `ERR OOM command not allowed when used memory > 'maxmemory'.${BEHIND}`,
    'NOPERM this user has no permissions to run the \'evalsha\' command',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'ERR unknown command READONLY, with args beginning with:',
    `WRONGTYPE Operation against a key holding the wrong kind of value${BEHIND}`
  ]
]

describe('an error of Redis', () => {
  for (const [verdict, ...texts] of CASES) {
    it(`is ${verdict}`, () => {
      for (const text of texts) assert.equal(verdictOf(replyError(text)), verdict, text)
    })
  }

  it('stands behind the words of a client that followed a Cluster for too long', () => {
    const gaveUp = (last: string): Error => new Error(`Too many Cluster redirections. Last error: ReplyError: ${last}`)
    assert.equal(verdictOf(gaveUp('CLUSTERDOWN Hash slot not served')), 'outage')
    assert.equal(verdictOf(gaveUp('TRYAGAIN Multiple keys request during rehashing of slot')), 'refusal')
    assert.equal(verdictOf(gaveUp('MOVED 1 127.0.0.1:1')), 'silence')
  })

  it('is none if a client has no connection, or throws a value that is no error', () => {
    for (const text of ['Connection is closed.', 'Command timed out', 'connect ECONNREFUSED 127.0.0.1:6379']) {
      assert.equal(verdictOf(new Error(text)), 'silence', text)
    }
    for (const thrown of [undefined, null, 'READONLY You', {}]) assert.equal(verdictOf(thrown), 'silence')
  })
})

function verdictOf (error: unknown): string {
  const verdict = judgeError(error)
  return verdict.kind === 'outage' && verdict.isPassing ? 'outage that passes' : verdict.kind
}

function replyError (text: string): Error {
  return Object.assign(new Error(text), { name: 'ReplyError' })
}
