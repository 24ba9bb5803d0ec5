import { parseAddress } from './addresses.js';
import { note } from './problems.js';
import { showActionSheet, showModal } from './shell/sheets.js';

/**
 * @import { Host } from './boot.js'
 * @import { Builtin } from './builtin/define.js'
 */

/** The menu behind the capsule's dots. @param {Host} host */
export async function openMenu(host) {
  const items = ['转发给朋友', '重新进入小程序'];
  const chosen = await showActionSheet({ itemList: items });
  if (chosen === 0) await share(host, 'menu');
  if (chosen === 1) host.restart();
}

/**
 * Asks the page on top what to share, and shows the card that a friend would get.
 *
 * @param {Host} host
 * @param {'button' | 'menu'} from
 * @param {Builtin | null} [button] the button with open-type="share"
 */
export async function share(host, from, button = null) {
  const page = host.navigation().top;
  if (typeof page.caller.onShareAppMessage !== 'function') {
    await showModal({ title: '转发', content: '当前页面未设置分享', showCancel: false });
    return;
  }
  const target = button && { id: button.id, dataset: button.dataset };
  const card = (await page.call('onShareAppMessage', { from, target })) ?? {};
  const address = parseAddress(card.path ?? `/${page.route}`, page.route);
  if (!host.miniprogram.pages.includes(address.route)) note('wechat', `onShareAppMessage: ${card.path} is no page of app.json`);
  host.phone.shared = { title: card.title ?? page.title, path: card.path ?? `/${page.route}` };
  await showModal({ title: '转发给朋友', content: `${host.phone.shared.title}\n${host.phone.shared.path}`, confirmText: '发送' });
}
