import { createActivityFilter } from './activity.ts'
import { focusIn } from '../elements.ts'
import type { IdleMonitor } from './monitor-api.ts'
import { ACTIVITY, listen } from './page-events.ts'

export interface FrameOptions {
  /**
   * The origins of other sites whose pages in frames of this one are believed when they post
   * `{ type: 'session-security:activity' }` to it while they have the focus. Default: none.
   */
  readonly origins?: readonly string[]
}

/** What a page in a frame posts to the page around it. */
const POSTED_ACTIVITY = 'session-security:activity'

/** The events by which frames are found, and by which the focus moves. */
const FRAME_EVENTS = 'load pointerover blur message'

/**
 * Counts as activity what a person does inside of frames: of this site, however late they come, as in the page itself
 * (an
 * editor writes its frame when it pleases). Of another site's frame it is known only when it gets the focus, and what
 * it posts.
 */
export function watchFrames (monitor: IdleMonitor, { origins = [] }: FrameOptions = {}): { destroy (): void } {
  const destroyed = new AbortController()
  const { signal } = destroyed
  const isActivity = createActivityFilter()

  /** May be called as often as one likes. */
  function listenToFrames (frame: Window): void {
    for (const element of frame.document.querySelectorAll('iframe, frame')) enter(element)
    listen(frame, FRAME_EVENTS, onFrameEvent, signal)
  }

  /** @returns whether it is a frame of another site */
  function enter (target: EventTarget | null | undefined): boolean {
    const { contentWindow, contentDocument } = Object(target) as Partial<HTMLIFrameElement>
    const frame = contentDocument?.defaultView
    if (frame != null) {
      listen(frame, ACTIVITY, onActivity, signal)
      listenToFrames(frame)
    }
    return contentWindow != null && frame == null
  }

  function onActivity (event: Event): void {
    if (isActivity(event)) monitor.activity()
  }

  function onFrameEvent (event: Event): void {
    const frame = event.currentTarget as Window
    if (event.type === 'message') onMessage(frame, event as MessageEvent)
    else if (event.type !== 'blur') enter(event.composedPath()[0])
    else if (event.target === frame) setTimeout(() => onFocus(frame))
  }

  function onFocus ({ document }: Window): void {
    // Scripts move the focus too.
    if (enter(focusIn(document)) && navigator.userActivation?.isActive !== false) monitor.activity()
  }

  function onMessage (frame: Window, { data, origin, source }: MessageEvent): void {
    const { contentWindow } = Object(focusIn(frame.document)) as Partial<HTMLIFrameElement>
    if (Object(data).type !== POSTED_ACTIVITY || !origins.includes(origin)) return
    if (source === contentWindow && !document.hidden) monitor.activity()
  }

  listenToFrames(window)
  return { destroy: () => destroyed.abort() }
}
