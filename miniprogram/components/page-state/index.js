/**
 * A page that is loading (skeletons), empty, failed (with a way to try again) or ready (its slot).
 *
 * <page-state state="{{state}}" message="{{message}}" skeleton="list" empty="还没有预约" bind:retry="load">…</page-state>
 */
Component({
  options: { virtualHost: true },

  properties: {
    state: { type: String, value: 'loading' },
    /** Why it failed. */
    message: { type: String, value: '' },
    /** `list`: cards one below the other; `detail`: one card of facts. */
    skeleton: { type: String, value: 'list' },
    /** What an empty page says, and the button below it; without words there is none. */
    empty: { type: String, value: '这里还没有内容' },
    emptyIcon: { type: String, value: 'info-circle' },
    action: { type: String, value: '' },
  },

  data: {
    lists: [1, 2, 3, 4],
    cardRows: [{ width: '55%', height: '36rpx' }, { width: '85%', height: '28rpx' }, { width: '40%', height: '28rpx' }],
    detailRows: [
      { width: '45%', height: '44rpx' }, { width: '90%', height: '28rpx' }, { width: '80%', height: '28rpx' },
      { width: '90%', height: '28rpx' }, { width: '60%', height: '28rpx' },
    ],
  },

  methods: {
    retry() {
      this.triggerEvent('retry');
    },

    act() {
      this.triggerEvent('act');
    },
  },
});
