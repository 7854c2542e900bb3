import type { FastifyBaseLogger } from 'fastify'
import { Connections } from '../connections/connections.ts'
import type { ConnectionTarget } from '../connections/target.ts'
import { connectionOf, isOver } from '../connections/target.ts'
import { stateOf, tighten } from '../core/policy.ts'
import type { SecurityPolicy } from '../options/options.ts'
import { callBack } from '../thrown.ts'
import { timeoutsInForce } from './request-policy.ts'
import type { RequestState } from './request-state.ts'
import { knownReason } from './session-view.ts'

/** Creates the connections of one registration. */
export function openConnections (policy: SecurityPolicy, log: FastifyBaseLogger): Connections {
  const { store, connections = {} } = policy
  return new Connections({
    ...connections,
    store,
    clock: store.clock,
    judge: ({ record, nowMs }) => {
      const current = stateOf(tighten(record, timeoutsInForce(policy, record)), nowMs)
      return current.state === 'ended' ? current.reason : null
    },
    onFailure: reportTo(log)
  })
}

/**
 * Attaches a target to the caller's session. If nobody is signed in, it closes the target before it returns.
 * @throws {BadOptionError}
 */
export async function attach (context: RequestState, target: ConnectionTarget): Promise<boolean> {
  const { link, record, isLater, shared: { connections, log } } = context
  const isSignedIn = link?.isLive === true && link.isAuthenticated && record !== null
  if (isSignedIn) return await connections().attach(target, link.key, link.loadedKey)
  const connection = connectionOf(target)
  const reason = isLater ? 'unavailable' : knownReason(context)
  callBack(() => connection.close(reason), reportTo(log))
  return false
}

/** Creates a signal that aborts when the caller's session ends during the request. */
export function signalOf (context: RequestState): AbortSignal {
  const { reply: { raw }, shared: { connections } } = context
  const controller = new AbortController()
  if (isOver(raw)) return controller.signal
  attach(context, controller).catch(() => { /* a controller is always a valid target */ })
  if (controller.signal.aborted) return controller.signal
  const detach = (): void => connections().detach(controller)
  raw.once('finish', detach)
  raw.once('close', detach)
  return controller.signal
}

function reportTo (log: FastifyBaseLogger): (err: Error) => void {
  return err => log.error({ err }, 'a connection could not be closed')
}
