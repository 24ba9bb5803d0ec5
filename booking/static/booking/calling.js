// The desk sees who checked in meanwhile; never while somebody is typing a reason or choosing.
"use strict";

const REFRESH_MS = 15000;

setInterval(() => {
  const busy = document.activeElement && ["INPUT", "SELECT"].includes(document.activeElement.tagName);
  const typed = [...document.querySelectorAll("#calling input[name=reason]")].some((input) => input.value);
  if (!busy && !typed && !document.hidden) location.replace(location.href);
}, REFRESH_MS);
