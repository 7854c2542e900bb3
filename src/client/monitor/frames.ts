import { createActivityFilter } from './activity.ts'
import { focusIn, native } from '../elements.ts'
import { listen } from '../listen.ts'
import type { IdleMonitor } from './monitor-api.ts'
import { ACTIVITY } from './page-events.ts'

export interface FrameOptions {
  /**
   * Origins of other sites whose framed pages may report activity. The client believes their message `{ type:
   * 'session-security:activity' }` while they have the focus. Default: none.
   */
  readonly origins?: readonly string[]
}

/** The type of the message that a framed page posts to the page around it. */
const POSTED_ACTIVITY = 'session-security:activity'

/** The events by which the client finds frames and follows the focus. */
const FRAME_EVENTS = 'load pointerover blur message'

/**
 * Counts activity inside frames as activity of the page. Frames of this site count like the page itself, however late
 * they come (an editor may write its frame at any time). A frame of another site counts when it gets the focus, and
 * when it posts a message.
 */
export function watchFrames (monitor: IdleMonitor, { origins = [] }: FrameOptions = {}): { destroy (): void } {
  const destroyed = new AbortController()
  const { signal } = destroyed
  const isActivity = createActivityFilter()

  /** Listens to a frame and to the frames in it. Repeated calls do no harm. */
  function listenToFrames (frame: Window): void {
    for (const element of native(frame.document).querySelectorAll('iframe, frame')) enter(element)
    listen(FRAME_EVENTS, signal, onFrameEvent, frame)
  }

  /**
   * Listens to a frame, if it belongs to this site.
   *
   * @returns true for a frame of another site
   */
  function enter (target: EventTarget | null | undefined): boolean {
    const { contentWindow, contentDocument } = Object(target) as Partial<HTMLIFrameElement>
    const frame = contentDocument == null ? null : native(contentDocument).defaultView
    if (frame != null) {
      listen(ACTIVITY, signal, onActivity, frame)
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
    if (source === contentWindow && !native(document).hidden) monitor.activity()
  }

  listenToFrames(window)
  return { destroy: () => destroyed.abort() }
}
