import { Failure } from '../failure.js';
import { note } from '../problems.js';
import { showModal } from '../shell/sheets.js';
import { asyncApi } from './wrapping.js';

/**
 * @import { Host } from '../boot.js'
 * @import { Api, Apis } from './wrapping.js'
 */

/** Where a mini-program may write. */
export const USER_DATA_PATH = 'http://usr';
const DOCUMENTS = ['doc', 'docx', 'xls', 'xlsx', 'ppt', 'pptx', 'pdf'];

const extensionOf = (/** @type {string} */ path) => path.slice(path.lastIndexOf('.') + 1);
const nameOf = (/** @type {string} */ path) => path.slice(path.lastIndexOf('/') + 1);

/** Files that the mini-program writes, and what the person does with them. @param {Host} host @returns {Apis} */
export function files({ phone }) {
  const kept = (/** @type {string} */ path) => {
    const file = phone.files.get(path);
    if (!file) throw new Failure(`no such file or directory, open "${path}"`);
    return file.blob;
  };
  /** @type {Record<string, Api>} */
  const manager = {
    writeFile({ filePath, data }) {
      if (!filePath?.startsWith(`${USER_DATA_PATH}/`)) throw new Failure(`permission denied, open "${filePath}"`);
      phone.keepFile(new Blob([data]), filePath);
    },
    async readFile({ filePath, encoding }) {
      const blob = kept(filePath);
      return { data: encoding ? await blob.text() : await blob.arrayBuffer() };
    },
    access: ({ path }) => void kept(path),
    unlink: ({ filePath }) => void (kept(filePath) && phone.files.delete(filePath)),
    getFileInfo: ({ filePath }) => ({ size: kept(filePath).size }),
  };
  const named = Object.fromEntries(Object.entries(manager).map(([name, run]) => [name, asyncApi(name, run)]));
  return {
    later: {
      getFileInfo: manager.getFileInfo,
      async openDocument(/** @type {{filePath: string, fileType?: string}} */ { filePath, fileType = extensionOf(filePath) }) {
        if (!DOCUMENTS.includes(fileType)) {
          note('wechat', `wx.openDocument opens ${DOCUMENTS.join(', ')}, not ${fileType}`);
          throw new Failure('filetype not supported');
        }
        kept(filePath);
        await showModal({ title: '文件', content: filePath, showCancel: false });
      },
      async shareFileMessage(/** @type {{filePath: string, fileName?: string}} */ { filePath, fileName = nameOf(filePath) }) {
        const { size } = kept(filePath);
        const { confirm } = await showModal({ title: '发送文件', content: `${fileName}（${size} 字节）`, confirmText: '发送' });
        if (!confirm) throw new Failure('cancel');
        phone.sharedFiles.push(fileName);
      },
    },
    now: { getFileSystemManager: () => named },
  };
}
