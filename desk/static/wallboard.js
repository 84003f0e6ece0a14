// The wallboard: /live and a wall's own page. What is not known to hold any more is greyed, never shown as new.
import { $, clock, moment, time, words } from "./common.js";
import { alarmSound } from "./sound.js";
import { LEVEL_WORDS, MARKS, ORDER, levelsOf, put, putLevel, reasonOf, stateWord } from "./states.js";
import { trend } from "./trend.js";
import { watch } from "./watch.js";

const SAY_EVERY_MS = 15000; // a screen reader hears of levels at most so often
const board = $("board");
const LINE_STATES = JSON.parse($("line-states").textContent);
const english = document.documentElement.lang === "en";

const formats = {
  count: (value) => value.toLocaleString("ja-JP"),
  rate: (value) => `${(value * 100).toFixed(2)}%`, // /live has four digits: shown as they are, not rounded twice
  clock,
  time: (value) => {
    const s = Math.round(value);
    if (english) return clock(s);
    return s < 60 ? `${s}秒` : `${Math.floor(s / 60)}分${String(s % 60).padStart(2, "0")}秒`;
  },
  wait: (value) => (value === 0 ? words("すぐ") : english ? `${Math.ceil(value / 60)} min` : `約${Math.ceil(value / 60)}分`),
};
const own = {
  waiting: (live) => live.waiting.reduce((n, caller) => n + !caller.callback, 0),
};
const cells = [...document.querySelectorAll("[data-figure]")].map((element) => ({
  element, path: element.dataset.figure.split("."), own: own[element.dataset.figure], format: formats[element.dataset.kind],
}));
const tiles = [...document.querySelectorAll("[data-alarm]")].map((element) => ({
  element, label: element.querySelector(".level"), figures: element.dataset.alarm.split(" "),
}));
const longest = document.querySelector('[data-figure="longest_wait_s"]');
const cards = new Map(); // seat number -> its elements
const sound = alarmSound();
const chart = trend($("trend"));
let levels = new Map();
let saidAt = 0;

const watching = watch({
  path: board.dataset.watch, check: board.dataset.check,
  ...("wall" in board.dataset ? { onEnded: over } : {}), // nobody stands before a wall who could log in
  onLive(live, { delay }) { hold(null); draw(live); fresh(live, delay); },
  onBeat({ delay }) { fresh(watching.live(), delay); },
  onLost({ since }) { hold(since); },
});

function draw(live) {
  drawLine(live.line);
  for (const cell of cells) {
    const value = cell.own ? cell.own(live) : cell.path.reduce((at, key) => (at == null ? at : at[key]), live);
    put(cell.element, value == null ? "–" : cell.format(value));
  }
  const { floor, seats } = levelsOf(live);
  const worst = (figures) => (figures.some((f) => floor.get(f) === "red") ? "red"
    : figures.some((f) => floor.get(f) === "yellow") ? "yellow" : null);
  for (const tile of tiles) putLevel(tile.element, tile.label, worst(tile.figures));
  drawSeats(live, seats);
  put($("line-calls"), live.connected ? "" : words("電話交換機とつながっていません。席と待ち行列の表示は最新ではありません。"));
  $("line-calls").hidden = live.connected;
  board.classList.toggle("is-apart", !live.connected);
  chart.draw(live, watching.now());
  tick();
  say(floor);
  sound.levels([...floor.values(), ...seats.values()]);
}

function drawLine(line) {
  const pill = $("line-state");
  const [mark, word] = LINE_STATES[line.state] ?? ["", line.state];
  put(pill, `${mark} ${words(word)}`);
  pill.className = `pill ${line.state}`;
  put($("line-reason"), line.reason.replace(/^(受付中|時間外): /, ""));
  const turns = words(line.state === "open" ? "受付終了" : "次の変わり目");
  put($("line-next"), line.next_change ? `${turns} ${moment(line.next_change)}` : "");
}

function drawSeats(live, seatLevels) {
  const today = new Map(live.seats_today.map((row) => [row.seat, row]));
  const numbers = new Set(live.seats.map((seat) => seat.seat));
  for (const [number, card] of cards) if (!numbers.has(number)) { card.root.remove(); cards.delete(number); }
  $("seats").classList.toggle("many", live.seats.length > 14);
  const counts = new Map();
  live.seats.forEach((seat, place) => {
    counts.set(seat.state, (counts.get(seat.state) ?? 0) + 1);
    const card = cards.get(seat.seat) ?? makeCard(seat.seat);
    if ($("seats").children[place] !== card.root) $("seats").insertBefore(card.root, $("seats").children[place] ?? null);
    const kind = seat.state.replace("_", "-");
    if (card.kind !== kind) { card.root.classList.remove(card.kind); card.root.classList.add(kind); card.kind = kind; }
    put(card.number, words("席 {n}").replace("{n}", seat.seat));
    put(card.mark, MARKS[seat.state] ?? "");
    put(card.word, stateWord(seat.state));
    put(card.who, seat.operator_name ?? seat.operator ?? "");
    const unregistered = seat.phone !== "registered" && seat.state !== "logged_out" ? words("電話が登録されていません") : "";
    const calls = seat.incident ? `！！ ${words("カスハラ対応中")}` : seat.hand ? `！ ${words("手上げ中")}` : "";
    put(card.note, calls || reasonOf(seat) || unregistered);
    card.note.classList.toggle("calls", calls !== "");
    card.since = seat.state === "logged_out" ? null : Date.parse(seat.since);
    putLevel(card.clocks, card.level, seatLevels.get(seat.seat));
    const row = today.get(seat.seat);
    put(card.calls, row ? String(row.answered) : "0");
    put(card.handling, row?.handling_s == null ? "–" : clock(row.handling_s));
    put(card.missed, row ? String(row.missed) : "0");
  });
  put($("seat-counts"), ORDER.filter((state) => counts.get(state))
    .map((state) => `${MARKS[state]} ${stateWord(state)} ${counts.get(state)}`).join("　"));
}

function makeCard(number) {
  const root = $("seat-card").content.firstElementChild.cloneNode(true);
  const part = (name) => root.querySelector(`.${name}`);
  const card = { root, kind: "none", since: null };
  for (const name of ["number", "mark", "word", "who", "note", "clocks", "time", "level", "calls", "handling", "missed"]) card[name] = part(name);
  cards.set(number, card);
  return card;
}

// Waiting times and clocks go on between two messages; over what is lost they stand still.
function tick() {
  sound.tick();
  if (watching.lost()) return;
  const live = watching.live();
  const now = watching.now();
  put($("clock"), time(now));
  const oldest = live.waiting.reduce((at, one) => (one.callback ? at : Math.min(at, Date.parse(one.since))), Infinity);
  put(longest, oldest === Infinity ? "–" : clock((now - oldest) / 1000));
  for (const card of cards.values()) put(card.time, card.since === null ? "" : clock((now - card.since) / 1000));
}

function fresh(live, delay) {
  const seconds = (delay / 1000).toFixed(1);
  put($("lag"), english ? `${seconds} s behind` : `遅れ ${seconds}秒`);
  const { yellow, red } = $("fresh").dataset;
  putLevel($("fresh"), null, levelsOf(live).floor.get("lag_ms") ?? (delay >= Number(red) ? "red" : delay >= Number(yellow) ? "yellow" : null));
  put($("health"), live.connected ? words("交換機 接続") : words("交換機 切断"));
}

function over() {
  document.body.classList.add("is-lost");
  $("lost").hidden = false;
  put($("lost"), words("掲示は終わりました。新しいリンクで開いてください。"));
}

function hold(since) {
  const bar = $("lost");
  document.body.classList.toggle("is-lost", since !== null || watching?.live() === null);
  bar.hidden = !document.body.classList.contains("is-lost");
  if (bar.hidden) return;
  const shown = since === null ? "" : words("表示は {time} 現在のものです。").replace("{time}", time(since));
  put(bar, `${words("サーバーとの接続が切れています。")}${shown}${words("再接続しています…")}`);
}

function say(floor) {
  const worse = [...floor].filter(([figure, level]) => levels.get(figure) !== level);
  levels = new Map(floor);
  if (!worse.length || performance.now() - saidAt < SAY_EVERY_MS) return;
  saidAt = performance.now();
  put($("said"), worse.map(([figure, level]) => {
    const name = tiles.find((tile) => tile.figures.includes(figure))?.element.querySelector(".name")?.textContent;
    return name ? `${name}: ${words(LEVEL_WORDS[level])}` : "";
  }).filter(Boolean).join("、"));
}

if ("wall" in board.dataset) document.documentElement.classList.add("wall");
// Full screen: a page for a wall. Escape, or the button again, leaves it.
$("full").addEventListener("click", async () => {
  const on = document.documentElement.classList.toggle("wall");
  try {
    if (on) await document.documentElement.requestFullscreen();
    else if (document.fullscreenElement) await document.exitFullscreen();
  } catch { /* a browser that does not go to full screen still shows the page for a wall */ }
  chart.resize();
});
document.addEventListener("fullscreenchange", () => {
  document.documentElement.classList.toggle("wall", document.fullscreenElement !== null || "wall" in board.dataset);
  chart.resize();
});
// A definition that stands in the way goes with Escape (WCAG 1.4.13).
document.addEventListener("keydown", ({ key }) => { if (key === "Escape") document.body.classList.add("no-tips"); });
for (const name of ["pointerover", "focusin"]) {
  document.addEventListener(name, ({ target }) => {
    if (target.closest?.(".tile") !== document.querySelector(".tile:hover, .tile:focus")) return;
    document.body.classList.remove("no-tips");
  });
}

setInterval(tick, 500);
