import { Failure } from '../failure.js';
import { ask, showActionSheet, showModal } from '../shell/sheets.js';
import { declared, permitted } from './permissions.js';

/**
 * @import { Host } from '../boot.js'
 * @import { Apis } from './wrapping.js'
 */

/** Fuzzy means: to about a kilometre. */
const FUZZY_DIGITS = 2;
const fuzzy = (/** @type {number} */ degrees) => Number(degrees.toFixed(FUZZY_DIGITS));

/** Location, camera, clipboard, telephone. @param {Host} host @returns {Apis} */
export function device(host) {
  const { phone, privacy } = host;
  return {
    later: {
      async getFuzzyLocation() {
        declared(host, 'getFuzzyLocation', 'scope.userFuzzyLocation');
        await privacy.require('getFuzzyLocation');
        await permitted(host, 'scope.userFuzzyLocation');
        return { latitude: fuzzy(phone.settings.latitude), longitude: fuzzy(phone.settings.longitude) };
      },
      async getLocation({ type = 'wgs84' }) {
        declared(host, 'getLocation', 'scope.userLocation');
        await privacy.require('getLocation');
        await permitted(host, 'scope.userLocation');
        const { latitude, longitude } = phone.settings;
        return { latitude, longitude, type, accuracy: 30, horizontalAccuracy: 30, verticalAccuracy: 0, altitude: 0, speed: -1 };
      },
      async openLocation({ latitude, longitude, name = '', address = '' }) {
        if (![latitude, longitude].every(Number.isFinite)) throw new Failure('parameter error: latitude and longitude should be Number');
        await showModal({ title: name || '位置', content: `${address}\n${latitude}, ${longitude}`, showCancel: false });
      },
      chooseMedia: (options) => chooseMedia(host, options),
      async setClipboardData({ data }) {
        await privacy.require('setClipboardData');
        phone.clipboard = data;
      },
      async getClipboardData() {
        await privacy.require('getClipboardData');
        return { data: phone.clipboard ?? '' };
      },
      async makePhoneCall({ phoneNumber }) {
        if (!phoneNumber) throw new Failure('parameter error: phoneNumber');
        if (!(await ask({ kind: 'call', title: phoneNumber, refuse: '取消', accept: '呼叫' }))) throw new Failure('cancel');
        phone.called = phoneNumber;
      },
      async scanCode() {
        const { confirm, content } = await showModal({ title: '扫一扫', editable: true, placeholderText: '输入码的内容' });
        if (!confirm) throw new Failure('cancel');
        return { result: content, scanType: 'QR_CODE', charSet: 'UTF-8', path: '' };
      },
      async saveImageToPhotosAlbum() {
        await privacy.require('saveImageToPhotosAlbum');
        await permitted(host, 'scope.writePhotosAlbum');
      },
      async canvasToTempFilePath({ canvas }) {
        if (!canvas) throw new Failure('canvas is empty');
        const blob = await new Promise((/** @type {BlobCallback} */ done) => canvas.toBlob(done));
        if (blob === null) throw new Failure('canvas is empty');
        return { tempFilePath: phone.keepFile(blob) };
      },
      async addPhoneCalendar({ title, startTime }) {
        if (!title || !Number.isInteger(startTime)) throw new Failure('parameter error: title and startTime (seconds) are needed');
        await privacy.require('addPhoneCalendar');
        await permitted(host, 'scope.addPhoneCalendar');
        phone.calendar.push({ title, startTime });
      },
      compressImage: ({ src }) => ({ tempFilePath: src }),
      showShareMenu() {},
      hideShareMenu() {},
      setKeepScreenOn() {},
      setScreenBrightness() {},
      getScreenBrightness: () => ({ value: 0.6 }),
    },
    now: {},
  };
}

/** @param {Host} host @param {{count?: number, mediaType?: string[], sourceType?: ('album' | 'camera')[]}} options */
async function chooseMedia({ phone, privacy }, { count = 9, mediaType = ['image', 'video'], sourceType = ['album', 'camera'] }) {
  await privacy.require('chooseMedia');
  const words = { camera: '拍摄', album: '从相册选择' };
  const chosen = sourceType.length > 1 ? await showActionSheet({ itemList: sourceType.map((each) => words[each]) }) : 0;
  if (chosen < 0) throw new Failure('cancel');
  const files = await pickFiles(count, mediaType.map((type) => `${type}/*`).join(','));
  if (files.length === 0) throw new Failure('cancel');
  const type = files[0].type.split('/')[0];
  const kept = (/** @type {File} */ file) => ({ tempFilePath: phone.keepFile(file), size: file.size, fileType: type });
  return { type, tempFiles: files.slice(0, count).map(kept) };
}

/**
 * The browser's own chooser; it opens only while a tap is fresh.
 *
 * @param {number} count
 * @param {string} accept
 * @returns {Promise<File[]>}
 */
function pickFiles(count, accept) {
  return new Promise((resolve) => {
    const input = Object.assign(document.createElement('input'), { type: 'file', accept, multiple: count > 1 });
    input.onchange = () => resolve([...(input.files ?? [])]);
    input.oncancel = () => resolve([]);
    input.click();
  });
}
