import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { explainTrouble, wordsOf } from '../../src/cli/redis-trouble.ts'

describe('a problem with Redis', () => {
  it('is reported in the words of Redis, with advice', () => {
    for (const [said, advice] of [
      ['connect ECONNREFUSED 127.0.0.1:6379', /Nothing listens there/],
      ['getaddrinfo ENOTFOUND nowhere', /host name is not known/],
      ['no answer within 5000 ms', /firewall/],
      ['timeout', /is Redis busy/], // from the client of a Cluster that asked for the slots
      ['write EPROTO wrong version number', /rediss:/],
      ['self-signed certificate in certificate chain', /NODE_EXTRA_CA_CERTS/],
      ['MOVED 866 127.0.0.1:7001', /add --cluster/],
      ['CROSSSLOT Keys in request don\'t hash to the same slot', /add --cluster/],
      ['ERR No such master with that name', /knows a master with this name/],
      ['All sentinels are unreachable and retry is disabled. Last error: Connection is closed.', /No Sentinel answers/],
      ['ERR unknown command \'evalsha\', with args', /redis-sentinel:/],
      ['connect ENOENT /run/x.sock', /socket does not exist/],
      ['ERR DB index is out of range', /no database with this number/],
      ['Unknown RESP type 72 "H". Please report this.', /is no Redis/],
      ['Connection is closed.', /No Redis answers there/],
      ['LOADING Redis is loading the dataset in memory', /Try again/],
      ['MISCONF Errors writing to the AOF file: No space left on device', /disk/],
      ['NOREPLICAS Not enough good replicas to write.', /INFO replication/],
      ['CLUSTERDOWN The cluster is down', /CLUSTER INFO/],
      ['TRYAGAIN Multiple keys request during rehashing of slot', /Try again/],
      ['BUSY Redis is busy running a script.', /SLOWLOG/],
      ['ERR max number of clients reached', /CLIENT LIST/],
      ['READONLY You can\'t write against a read only replica.', /Name the master/],
      ['ERR The user executing the script can\'t run this command or subcommand', /ACL/]
    ] as const) {
      const explained = explainTrouble('The Redis at host:6379', [said])
      assert.ok(explained.startsWith(`The Redis at host:6379 cannot be used (${said}). `), explained)
      assert.match(explained, advice)
    }
  })

  it('is the first message for which there is advice', () => {
    const explained = explainTrouble('The Redis at host', ['Connection is closed.', 'WRONGPASS invalid'])
    assert.match(explained, /\(WRONGPASS invalid\)\. Redis does not accept/)
    assert.equal(explainTrouble('It', ['Something else.']), 'It cannot be used: Something else.')
  })

  it('is found in nested errors, also where the outer error has no message', () => {
    const twice = new AggregateError([
      new Error('connect ECONNREFUSED ::1:6379'), new Error('connect ECONNREFUSED 127.0.0.1:6379')
    ])
    assert.deepEqual(wordsOf(twice), ['connect ECONNREFUSED ::1:6379', 'connect ECONNREFUSED 127.0.0.1:6379'])
    const ofCluster = Object.assign(new Error('Failed to refresh slots cache.'), { lastNodeError: new Error('NOAUTH') })
    assert.deepEqual(wordsOf(ofCluster), ['NOAUTH', 'Failed to refresh slots cache.'])
  })
})
