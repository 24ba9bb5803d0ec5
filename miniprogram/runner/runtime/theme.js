/**
 * A setting of app.json that may be a name of theme.json, such as `@navBackground`.
 *
 * @param {string | undefined} value
 * @param {import('../compiler/app_config.js').Theme} themes
 * @param {'light' | 'dark'} theme
 */
export function themed(value, themes, theme) {
  if (typeof value !== 'string' || !value.startsWith('@')) return value;
  return themes?.[theme]?.[value.slice(1)];
}
