const TAGS = { available: 'tag-brand', paused: 'tag-warning' };

/** @param {any[]} entitlements of GET /entitlements @returns {{usable: any[], over: any[]}} what can be used, and what is over */
export function entitlementGroups(entitlements) {
  const rows = entitlements.map(entitlementRow);
  return { usable: rows.filter((row) => row.isLive), over: rows.filter((row) => !row.isLive) };
}

/** @param {any} entitlement */
export function entitlementRow(entitlement) {
  return {
    id: entitlement.id,
    name: entitlement.name,
    tier: entitlement.tier,
    state: entitlement.state_label,
    tag: TAGS[entitlement.state] ?? '',
    sentence: entitlement.sentence,
    /** In groups of four, as it is read out at the desk. */
    code: entitlement.code ? entitlement.code.replace(/(.{4})(?=.)/g, '$1 ') : '',
    isLive: ['available', 'paused'].includes(entitlement.state),
  };
}
