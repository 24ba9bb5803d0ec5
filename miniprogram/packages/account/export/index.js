import { today } from '../../../adapters/clock.js';
import { exportRow, textOf } from '../../../adapters/personal_data.js';
import { screen } from '../../../behaviors/screen.js';
import { exportOfMe } from '../../../services/account.js';

/** What WeChat shows of a file in a chat: text is read at once, JSON is for other programs. */
const FORMS = {
  text: { name: '约诊个人数据.txt', write: textOf },
  data: { name: '约诊个人数据.json', write: (exported) => JSON.stringify(exported, null, 2) },
};

Page({
  behaviors: [screen],

  data: {
    shown: /** @type {ReturnType<typeof exportRow> | null} */ (null),
    problem: '',
    canSend: wx.canIUse('shareFileMessage'),
  },

  onLoad() {
    return this.load();
  },

  // The phone keeps no copy once the page is closed.
  onUnload() {
    const files = wx.getFileSystemManager();
    for (const { name } of Object.values(FORMS)) files.unlink({ filePath: pathOf(name), fail: () => {} });
  },

  load() {
    return this.fill(async () => {
      // Too much for setData, and not for the screen: only the counts are shown.
      this.exported = await exportOfMe();
      return { shown: exportRow(this.exported, today()) };
    });
  },

  /** @param {any} event */
  async send(event) {
    const { name, write } = FORMS[event.currentTarget.dataset.form];
    this.setData({ problem: '' });
    try {
      await written(name, write(this.exported));
      await wx.shareFileMessage({ filePath: pathOf(name), fileName: name });
    } catch (failure) {
      if (!/cancel/.test(failure.errMsg ?? '')) this.setData({ problem: '没有发送成功，可以改用“复制文字”。' });
    }
  },

  async copy() {
    try {
      await wx.setClipboardData({ data: textOf(this.exported) });
    } catch {
      this.setData({ problem: '没有复制成功，请用“发送文件”。' });
    }
  },
});

const pathOf = (name) => `${wx.env.USER_DATA_PATH}/${name}`;

/** @param {string} name @param {string} data @returns {Promise<void>} */
function written(name, data) {
  return new Promise((resolve, reject) => {
    wx.getFileSystemManager().writeFile({ filePath: pathOf(name), data, encoding: 'utf8', success: () => resolve(), fail: reject });
  });
}
