/** The switches beside the phone. */
const screen = document.getElementById('screen');
const NAMES = { theme: 'theme', network: 'network' };
const inputs = [...document.querySelectorAll('input')];

function addressOf(path) {
  const query = new URLSearchParams(location.search);
  for (const { name, type, checked, value } of inputs) if (type !== 'radio' || checked) query.set(name, value);
  if (path) query.set('path', path);
  return `app/?${query}`;
}

function restart() {
  screen.src = addressOf('');
}

/** As `restart`, at the page that is open: WeChat as well starts a mini-program anew when the size of its type is changed. */
function reopen() {
  screen.src = addressOf(screen.contentWindow.__runner?.routes().at(-1));
}

for (const input of inputs) {
  input.addEventListener('change', () => {
    if (input.name === 'person') {
      localStorage.clear(); // another person, another phone
      restart();
    } else if (input.name === 'font') reopen();
    else screen.contentWindow.postMessage({ kind: 'phone', changes: { [NAMES[input.name]]: input.value } }, location.origin);
  });
}
document.getElementById('restart').onclick = restart;
document.getElementById('forget').onclick = () => {
  localStorage.clear();
  restart();
};
new EventSource('changes').onmessage = reopen;
restart();
