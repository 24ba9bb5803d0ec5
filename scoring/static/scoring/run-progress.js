// Keeps the bar of a scoring run moving. Without this script the bar stands where it was, beside a link that loads the page again.
"use strict";
{
  const EVERY_MS = 2000;
  // After so many failures in a row somebody was signed out, or the server is gone.
  const MOST_FAILURES = 5;

  const place = document.querySelector(".run-progress[data-address]");
  const bar = place.querySelector("progress");
  const told = place.querySelector(".told");
  let failures = 0;

  async function look() {
    try {
      const answer = await fetch(place.dataset.address, { headers: { Accept: "application/json" }, redirect: "error" });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const run = await answer.json();
      failures = 0;
      if (!run.is_running) return location.reload();
      bar.value = run.percent;
      told.textContent = run.told;
    } catch (error) {
      failures += 1;
      if (failures === MOST_FAILURES) {
        told.textContent = "无法取得进展，请刷新页面。";
        return undefined;
      }
    }
    return next();
  }

  // Nobody looks at a hidden page: it goes on when it is shown again.
  function next() {
    if (document.hidden) document.addEventListener("visibilitychange", look, { once: true });
    else setTimeout(look, EVERY_MS);
  }

  next();
}
