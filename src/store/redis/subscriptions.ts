/**
 * A connection of its own that receives messages. After a loss it connects again, and subscribes to the same channels.
 */
export interface Subscriber {
  /**
   * The command by which a script sends a message to the subscriber. On a Cluster, `SPUBLISH` reaches only the nodes
   * that have the slot of the channel.
   */
  readonly command: 'PUBLISH' | 'SPUBLISH'
  /** Subscribes to channels of one slot. Waits while there is no connection, and rejects if the server refuses. */
  subscribe (channels: readonly string[]): Promise<unknown>
  unsubscribe (channels: readonly string[]): Promise<unknown>
  close (): void
}

/** Receives the channel of each message. The messages themselves say nothing. */
export type OnMessage = (channel: string) => void
