import { Failure } from '../failure.js';
import { note } from '../problems.js';
import { showModal } from '../shell/sheets.js';
import { asyncApi } from './wrapping.js';

/** Where a mini-program may write. */
export const USER_DATA_PATH = 'http://usr';
const DOCUMENTS = ['doc', 'docx', 'xls', 'xlsx', 'ppt', 'pptx', 'pdf'];

/** Files that the mini-program writes, and what the person does with them. */
export function files({ phone }) {
  const kept = (path) => {
    const file = phone.files.get(path);
    if (!file) throw new Failure(`no such file or directory, open "${path}"`);
    return file.blob;
  };
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
      async openDocument({ filePath, fileType = filePath.split('.').at(-1) }) {
        if (!DOCUMENTS.includes(fileType)) {
          note('wechat', `wx.openDocument opens ${DOCUMENTS.join(', ')}, not ${fileType}`);
          throw new Failure('filetype not supported');
        }
        kept(filePath);
        await showModal({ title: '文件', content: filePath, showCancel: false });
      },
      async shareFileMessage({ filePath, fileName = filePath.split('/').at(-1) }) {
        const { size } = kept(filePath);
        const { confirm } = await showModal({ title: '发送文件', content: `${fileName}（${size} 字节）`, confirmText: '发送' });
        if (!confirm) throw new Failure('cancel');
        phone.sharedFiles.push(fileName);
      },
    },
    now: { getFileSystemManager: () => named },
  };
}
