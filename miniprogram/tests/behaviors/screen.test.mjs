import assert from 'node:assert/strict';
import { test } from 'node:test';

globalThis.Behavior = /** @type {any} */ ((definition) => definition);
const { screen } = /** @type {any} */ (await import('../../behaviors/screen.js'));

const pageOf = () => ({
  ...screen.methods,
  data: { ...screen.data },
  setData(changes) {
    Object.assign(this.data, changes);
  },
});

/** A reading that answers when it is told to. */
function reading() {
  const settled = {};
  const promise = new Promise((answers, fails) => Object.assign(settled, { answers, fails }));
  return { read: () => promise, ...settled };
}

test('of two readings at once the later one is shown, in whatever order they answer', async () => {
  const page = pageOf();
  const [coming, past] = [reading(), reading()];
  const both = [page.fill(coming.read), page.fill(past.read)];

  past.answers({ visits: ['last week'] });
  coming.answers({ visits: [], isEmpty: true });
  await Promise.all(both);

  assert.deepEqual([page.data.state, page.data.visits], ['ready', ['last week']]);
});

test('a failure that nobody waits for any more is not told', async () => {
  const page = pageOf();
  const [coming, past] = [reading(), reading()];
  const both = [page.fill(coming.read), page.fill(past.read)];

  coming.fails(new Error('offline'));
  past.answers({ visits: ['last week'] });
  await Promise.all(both);
  assert.deepEqual([page.data.state, page.data.message], ['ready', '']);

  const last = reading();
  const filled = page.fill(last.read);
  globalThis.wx = /** @type {any} */ ({ showToast: ({ title }) => (page.told = title) });
  last.fails(new Error('offline'));
  await filled;
  assert.deepEqual([page.data.state, page.told], ['ready', 'offline']);
});
