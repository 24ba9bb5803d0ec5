import { Failure } from '../failure.js';
import { note } from '../problems.js';
import * as sheets from '../shell/sheets.js';

/**
 * @import { Host } from '../boot.js'
 * @import { Apis } from './wrapping.js'
 */

const TOAST_LENGTH = 7;

/** @param {Host} host @returns {Apis} */
export function dialogs({ phone }) {
  return {
    later: {
      showToast(options) {
        const { title = '', icon = 'success' } = options;
        if (icon !== 'none' && [...title].length > TOAST_LENGTH) note('wechat', `showToast "${title}": with an icon a phone shows 7 characters; use icon: "none"`);
        sheets.showToast(options);
      },
      hideToast: sheets.hideToast,
      showLoading: sheets.showLoading,
      hideLoading: sheets.hideLoading,
      showModal(options) {
        for (const name of ['confirmText', 'cancelText']) {
          if ([...(options[name] ?? '')].length > 4) throw new Failure(`parameter error: ${name} has over 4 characters`);
        }
        return sheets.showModal(options);
      },
      async showActionSheet(options) {
        if (!Array.isArray(options.itemList) || options.itemList.length === 0) throw new Failure('parameter error: itemList');
        if (options.itemList.length > 6) throw new Failure('parameter error: itemList should not be longer than 6');
        const tapIndex = await sheets.showActionSheet(options);
        if (tapIndex < 0) throw new Failure('cancel');
        return { tapIndex };
      },
      previewImage: (/** @type {{urls: string[], current?: string | number}} */ { urls, current = 0 }) => sheets.showPicture(phone.fileAddress(typeof current === 'number' ? urls[current] : current)),
      previewMedia: ({ sources, current = 0 }) => sheets.showPicture(phone.fileAddress(sources[current].url)),
      hideKeyboard() {
        if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      },
      vibrateShort() {},
      vibrateLong() {},
    },
    now: {
      enableAlertBeforeUnload() {},
      disableAlertBeforeUnload() {},
    },
  };
}
