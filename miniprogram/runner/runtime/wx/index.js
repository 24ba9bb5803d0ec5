import { appEvents } from './app_events.js';
import { device } from './device.js';
import { dialogs } from './dialogs.js';
import { USER_DATA_PATH, files } from './files.js';
import { moves } from './moves.js';
import { network } from './network.js';
import { permissions } from './permissions.js';
import { person } from './person.js';
import { storage } from './storage.js';
import { system } from './system.js';
import { asyncApi } from './wrapping.js';

/**
 * @import { Host, Wx } from '../boot.js'
 * @import { Apis } from './wrapping.js'
 */

/** @type {((host: Host & {names: () => string[]}) => Apis)[]} */
const THEMES = [appEvents, device, dialogs, files, moves, network, permissions, person, storage, system];

/**
 * The object `wx` of a mini-program.
 *
 * @param {Host} host without a phone, only the names are of use
 */
export function createWx(host) {
  const wx = /** @type {Wx} */ ({});
  const names = () => Object.keys(wx);
  for (const theme of THEMES) {
    const { later, now, start } = theme({ ...host, names });
    for (const [name, run] of Object.entries(later)) wx[name] = asyncApi(name, run);
    Object.assign(wx, now);
    if (host.phone) start?.();
  }
  wx.env = { USER_DATA_PATH };
  return wx;
}
