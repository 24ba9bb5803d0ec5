/**
 * Where the phone is, to about a kilometre. Rejects where the person does not want to tell.
 *
 * @returns {Promise<string>} as the API takes it: `longitude,latitude`
 */
export function nearbyPoint() {
  return new Promise((resolve, reject) => {
    wx.getFuzzyLocation({
      type: 'gcj02',
      // More digits would only pretend.
      success: ({ longitude, latitude }) => resolve(`${longitude.toFixed(3)},${latitude.toFixed(3)}`),
      fail: reject,
    });
  });
}
