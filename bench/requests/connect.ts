import { Cluster, Redis } from 'ioredis'

/** The path of a socket, or the ports of a Cluster's masters, separated by commas. The masters are on loopback. */
export type RedisAddress = string

/** A client that counts the commands that it sends. Commands that scripts call are not counted. */
export type CountingClient = CountingRedis | CountingCluster

class CountingRedis extends Redis {
  sent = 0

  override sendCommand (...args: Parameters<Redis['sendCommand']>): unknown {
    this.sent++
    return super.sendCommand(...args)
  }
}

class CountingCluster extends Cluster {
  sent = 0

  override sendCommand (...args: Parameters<Cluster['sendCommand']>): unknown {
    this.sent++
    return super.sendCommand(...args)
  }
}

export function clusterAddress (ports: readonly number[]): RedisAddress {
  return ports.join(',')
}

export function connectTo (address: RedisAddress): CountingClient {
  if (address.startsWith('/')) return new CountingRedis({ path: address })
  return new CountingCluster(address.split(',').map(port => ({ host: '127.0.0.1', port: Number(port) })))
}
