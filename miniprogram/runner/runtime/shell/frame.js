import { byId } from './dom.js';

/** The switches beside the phone. */
const phone = /** @type {HTMLIFrameElement} */ (byId('screen'));
const inputs = [...document.querySelectorAll('input')];

/** @param {string} [path] the page to open */
function addressOf(path) {
  const query = new URLSearchParams(location.search);
  for (const { name, type, checked, value } of inputs) if (type !== 'radio' || checked) query.set(name, value);
  if (path) query.set('path', path);
  return `app/?${query}`;
}

function restart() {
  phone.src = addressOf();
}

/** As `restart`, at the page that is open: WeChat as well starts a mini-program anew when the size of its type is changed. */
function reopen() {
  phone.src = addressOf(/** @type {typeof globalThis | null} */ (phone.contentWindow)?.__runner?.routes().at(-1));
}

for (const input of inputs) {
  input.addEventListener('change', () => {
    if (input.name === 'person') {
      localStorage.clear(); // another person, another phone
      restart();
    } else if (input.name === 'font') reopen();
    else phone.contentWindow?.postMessage({ kind: 'phone', changes: { [input.name]: input.value } }, location.origin);
  });
}
byId('restart').onclick = restart;
byId('forget').onclick = () => {
  localStorage.clear();
  restart();
};
new EventSource('changes').onmessage = reopen;
restart();
