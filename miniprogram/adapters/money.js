/** @param {number} fen @returns {string} `2500` → `¥25.00` */
export function yuan(fen) {
  return `¥${(fen / 100).toFixed(2)}`;
}

/** @param {number} fen @returns {string} a fee as it is told: nothing to pay is said in words */
export function fee(fen) {
  return fen === 0 ? '免费' : yuan(fen);
}
