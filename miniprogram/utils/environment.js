/** Where the API is, by the version of the mini-program that runs. */
const API = {
  develop: 'http://127.0.0.1:8000/api/v1',
  trial: 'https://trial.yuezhen.example/api/v1',
  release: 'https://api.yuezhen.example/api/v1',
};

export const API_BASE = API[wx.getAccountInfoSync().miniProgram.envVersion];
