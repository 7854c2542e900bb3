export { sessionKit } from './testing/kit.ts'
export { TestKitError } from './testing/errors.ts'
export type {
  Application, BrowserOptions, ClientSettings, Departure, FollowedPage, Follower, Given, KitOptions, Payload, SessionKit, Sight,
  TestBrowser, TestTab
} from './testing/api.ts'
