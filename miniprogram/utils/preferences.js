const KEY = 'preferences';
/** From this system font size on (WeChat's setting, 16 is its middle) type is large without asking. */
const LARGE_SYSTEM_FONT = 20;
const ELDER_SCALE = 1.25;

/**
 * `recent`: codes of the hospitals last looked at, newest first; `patient`: who was booked for last.
 *
 * @typedef {{elder: 'auto' | 'on' | 'off', recent: string[], patient: number | null}} Preferences
 */

/** @returns {Preferences} what the person has chosen on this phone */
export function preferences() {
  /** @type {Partial<Preferences>} */
  const chosen = wx.getStorageSync(KEY) || {};
  return { elder: chosen.elder ?? 'auto', recent: chosen.recent ?? [], patient: chosen.patient ?? null };
}

/** @param {Partial<Preferences>} changes */
export function prefer(changes) {
  wx.setStorageSync(KEY, { ...preferences(), ...changes });
}

/** @returns {boolean} whether type is large: as chosen, or as WeChat's own font size says */
export function isElder() {
  const { elder } = preferences();
  if (elder !== 'auto') return elder === 'on';
  return (wx.getAppBaseInfo().fontSizeSetting ?? 16) >= LARGE_SYSTEM_FONT;
}

/** @returns {number} by how much all type is larger than usual */
export function elderScale() {
  return isElder() ? ELDER_SCALE : 1;
}

/** @param {string} code of the hospital that is looked at now */
export function rememberHospital(code) {
  prefer({ recent: [code, ...preferences().recent.filter((other) => other !== code)].slice(0, 5) });
}
