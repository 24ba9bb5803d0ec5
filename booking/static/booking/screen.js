// Draws the board that came with the page, then asks for a new one every few seconds. Text is only ever set as text.
"use strict";

const POLL_MS = 4000;
// Three answers missed in a row: say so, since an old board misleads.
const STALE_MS = 15000;
const PAGE_MS = 12000;
const PANELS_A_PAGE = 6;
// A screen runs for months: take what was deployed meanwhile.
const RELOAD_MS = 6 * 60 * 60 * 1000;

const WEEKDAYS = "日一二三四五六";
const address = location.pathname.replace(/\/$/, "") + "/now";
const panelsElement = document.getElementById("panels");

let board = JSON.parse(document.getElementById("board").textContent);
let page = 0;
let drawn = "";
let answeredAt = performance.now();

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function numberOf(line) {
  return line.number === null ? "" : line.number + "号";
}

function tagsOf(line) {
  const words = [];
  if (line.is_priority) words.push("优先");
  if (line.is_return_visit) words.push("回诊");
  if (line.is_extra) words.push("加号");
  return words.map((word) => element("span", "tag", word));
}

function callKey(panel, line) {
  return panel.session + ":" + line.number + ":" + line.name + ":" + line.calls;
}

// What was called before the page was opened is no news.
const seenCalls = new Set(board.panels.flatMap((panel) => panel.called.map((line) => callKey(panel, line))));

function calledPart(panel) {
  const part = element("div", "called");
  part.dataset.count = panel.called.length;
  if (panel.is_suspended) {
    part.append(element("p", "nobody", "停诊，请到导诊台咨询"));
  } else if (!panel.called.length) {
    part.append(element("p", "nobody", panel.waiting ? "即将叫号，请稍候" : "暂无候诊患者"));
  }
  for (const line of panel.called) {
    const call = element("p", "call");
    if (!seenCalls.has(callKey(panel, line))) call.classList.add("fresh");
    call.append(element("span", "label", "请就诊"), element("span", "number", numberOf(line)), element("span", "name", line.name));
    part.append(call);
  }
  return part;
}

function panelElement(panel) {
  const made = element("section", panel.is_suspended ? "panel suspended" : "panel");
  const heading = element("h2", "", panel.title);
  if (panel.subtitle) heading.append(element("small", "", panel.subtitle));
  if (panel.room) heading.append(element("span", "room", panel.room));
  const queue = element("ol", "queue");
  for (const line of panel.next) {
    const row = element("li");
    if (line === panel.next[0]) row.append(element("span", "soon", "下一位"));
    row.append(element("span", "number", numberOf(line)), element("span", "", line.name), ...tagsOf(line));
    queue.append(row);
  }
  const counts = element("p", "counts");
  counts.append(element("span", "", panel.is_suspended ? "本班次停诊" : "等候 " + panel.waiting + " 人"));
  if (panel.set_aside.length) {
    const names = panel.set_aside.map((line) => (numberOf(line) + " " + line.name).trim());
    counts.append(element("span", "", "过号：" + names.join("、")));
  }
  made.append(heading, calledPart(panel));
  if (panel.next.length) made.append(queue);
  made.append(counts);
  return made;
}

function draw() {
  const pages = Math.max(1, Math.ceil(board.panels.length / PANELS_A_PAGE));
  page %= pages;
  const panels = board.panels.slice(page * PANELS_A_PAGE, (page + 1) * PANELS_A_PAGE);
  const wanted = JSON.stringify([page, pages, panels]);
  if (wanted === drawn) return;
  drawn = wanted;
  // A page of several keeps its grid, however few panels stand on the last one.
  panelsElement.dataset.count = pages > 1 ? PANELS_A_PAGE : panels.length;
  panelsElement.replaceChildren(...panels.map(panelElement));
  if (!panels.length) panelsElement.append(element("p", "empty", "当前没有开诊的班次"));
  document.getElementById("pages").textContent = pages > 1 ? "第 " + (page + 1) + " / " + pages + " 页" : "";
  for (const panel of panels) for (const line of panel.called) seenCalls.add(callKey(panel, line));
}

// The hospital's clock, whatever the television believes: the server's time and the minutes since.
function tick() {
  const offset = /([+-])(\d\d):(\d\d)$/.exec(board.at);
  const minutes = offset ? (offset[1] === "-" ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3])) : 0;
  const local = new Date(Date.parse(board.at) + (performance.now() - answeredAt) + minutes * 60000);
  const two = (value) => String(value).padStart(2, "0");
  document.getElementById("time").textContent = two(local.getUTCHours()) + ":" + two(local.getUTCMinutes());
  document.getElementById("date").textContent =
    local.getUTCMonth() + 1 + "月" + local.getUTCDate() + "日　星期" + WEEKDAYS[local.getUTCDay()];
  document.getElementById("stale").hidden = performance.now() - answeredAt < STALE_MS;
}

async function poll() {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), POLL_MS);
  try {
    const answer = await fetch(address, { cache: "no-store", signal: patience.signal });
    if (answer.ok) {
      board = await answer.json();
      answeredAt = performance.now();
      draw();
    }
  } catch (failure) {
    // The banner speaks once answers have been missing for a while; the next poll tries again.
    console.warn(failure);
  } finally {
    clearTimeout(timer);
    setTimeout(poll, POLL_MS);
  }
}

draw();
tick();
setInterval(tick, 1000);
setInterval(() => {
  page += 1;
  draw();
}, PAGE_MS);
setTimeout(poll, POLL_MS);
setInterval(() => {
  if (performance.now() - answeredAt < STALE_MS) location.reload();
}, RELOAD_MS);
