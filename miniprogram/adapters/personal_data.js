import { instantText } from './day.js';

/** @param {any} exported of GET /me/export @param {string} today */
export function exportRow(exported, today) {
  return {
    at: instantText(exported.exported_at, today),
    parts: exported.parts.map(({ name, title, rows }) => ({ name, title, count: `${rows.length} 条`, isEmpty: rows.length === 0 })),
  };
}

/** @param {any} exported @returns {string} all of it as a person reads it, part by part, row by row */
export function textOf(exported) {
  const parts = exported.parts.map(({ title, labels, rows }) => {
    const told = rows.map((row) => Object.entries(labels).map(([name, label]) => `${label}：${valueText(row[name])}`).join('\n'));
    return `【${title}】\n${told.length ? told.join('\n\n') : '没有'}`;
  });
  return [`约诊个人数据\n导出时间：${exported.exported_at}`, ...parts].join('\n\n\n');
}

function valueText(value) {
  if (value === null || value === undefined || value === '') return '未填写';
  if (typeof value === 'boolean') return value ? '是' : '否';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
