import { listeners } from './system.js';

/** What an app listens to besides its own onShow and the like. */
export function appEvents() {
  const heard = { AppShow: listeners(), AppHide: listeners(), Error: listeners(), UnhandledRejection: listeners() };
  return {
    later: {},
    now: Object.fromEntries(
      Object.entries(heard).flatMap(([name, { add, remove }]) => [
        [`on${name}`, add],
        [`off${name}`, remove],
      ]),
    ),
    heard,
  };
}
