/** @param {any} account of GET /me */
export function accountRow(account) {
  return {
    phone: account.has_phone ? account.phone : '',
    title: account.has_phone ? account.phone : '微信用户',
    note: account.has_phone ? '已绑定手机号' : '绑定手机号后，停诊、改期时能联系到您',
  };
}

/** @param {any} standing of GET /me/summary */
export function standingEntry(standing) {
  const perks = standing.perks ? `${standing.perks} 项权益可用` : '';
  const score = standing.score === null ? '暂无评分' : `${Math.round(Number(standing.score) * 10) / 10} 分`;
  return {
    code: standing.hospital,
    name: standing.hospital_name,
    tier: standing.tier,
    about: [score, perks].filter(Boolean).join(' · '),
    note: standing.is_paused ? '在线预约暂停中' : '',
  };
}

/** @param {{waiting: number, unread_messages: number, open_appeals: number}} told of GET /me/summary */
export function entriesOf(told) {
  const { waiting, unread_messages: unread, open_appeals: appeals } = told;
  return [
    { url: '/packages/waitlist/list/index', icon: 'time', name: '我的候补', note: waiting ? `候补中 ${waiting} 个` : '', isMarked: false },
    { url: '/packages/messages/list/index', icon: 'notification', name: '消息', note: unread ? `${unread} 条未读` : '', isMarked: unread > 0 },
    { url: '/packages/standing/appeals/index', icon: 'chat-bubble-help', name: '我的申诉', note: appeals ? `${appeals} 项处理中` : '', isMarked: false },
  ];
}
