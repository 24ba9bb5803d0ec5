/** The switches beside the phone. */
const screen = document.getElementById('screen');
const NAMES = { theme: 'theme', font: 'fontSize', network: 'network', person: 'person' };
const inputs = [...document.querySelectorAll('input')];

function addressOf() {
  const query = new URLSearchParams(location.search);
  for (const { name, type, checked, value } of inputs) if (type !== 'radio' || checked) query.set(name, value);
  return `app/?${query}`;
}

function restart() {
  screen.src = addressOf();
}

for (const input of inputs) {
  input.addEventListener('change', () => {
    if (input.name === 'person') {
      localStorage.clear(); // another person, another phone
      restart();
    } else {
      const value = input.name === 'font' ? Number(input.value) : input.value;
      screen.contentWindow.postMessage({ kind: 'phone', changes: { [NAMES[input.name]]: value } }, location.origin);
    }
  });
}
document.getElementById('restart').onclick = restart;
document.getElementById('forget').onclick = () => {
  localStorage.clear();
  restart();
};
new EventSource('changes').onmessage = restart;
restart();
