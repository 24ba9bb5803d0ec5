import { errorListeners } from '../problems.js';
import { listeners } from './system.js';

/**
 * What an app listens to besides its own onShow and the like.
 *
 * @param {import('../boot.js').Host} host
 * @returns {import('./wrapping.js').Apis}
 */
export function appEvents({ phone }) {
  const heard = { AppShow: listeners(), AppHide: listeners(), Error: listeners(), UnhandledRejection: listeners() };
  return {
    later: {},
    now: Object.fromEntries(
      Object.entries(heard).flatMap(([name, { add, remove }]) => [
        [`on${name}`, add],
        [`off${name}`, remove],
      ]),
    ),
    start() {
      phone.on('show', heard.AppShow.tell);
      phone.on('hide', heard.AppHide.tell);
      errorListeners.add(heard.Error.tell);
      addEventListener('unhandledrejection', ({ reason, promise }) => heard.UnhandledRejection.tell({ reason, promise }));
    },
  };
}
