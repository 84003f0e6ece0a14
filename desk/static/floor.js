// フロア: seats and who waits, pushed; and what the supervisor does with them, each with its reason.
import { $, api, clock, el, facts, moment, time, words } from "./common.js";
import { lineAction, seatActions, callerActions } from "./floor_acts.js";
import { MARKS, ORDER, levelsOf, put, putLevel, reasonOf, stateWord } from "./states.js";
import { watch } from "./watch.js";

const known = facts("floor-facts"); // {may, lines, line_states, operators, breaks}
const SECOND = 1000;
const PHONES = { registered: "登録済み", unreachable: "届かない", unregistered: "未登録" };
const seatRows = new Map();
const callerRows = new Map();
let fading = null;

const watching = watch({
  onLive(live, { delay }) { lost(null); draw(live); fresh(live, delay); },
  onBeat({ delay }) { fresh(watching.live(), delay); },
  onLost({ since }) { lost(since); },
});

// --- drawing: each row is made once and changed where something has changed, so that focus stays where it is

function draw(live) {
  drawLine(live.line);
  $("line-calls").hidden = live.connected;
  put($("line-calls"), live.connected ? "" : words("電話交換機とつながっていません。席と待ち行列の表示は最新ではありません。"));
  drawWaiting(live.waiting);
  drawSeats(live);
  tick();
}

function drawLine(line) {
  const [mark, word] = known.line_states[line.state] ?? ["", line.state];
  put($("line-state"), `${mark} ${words(word)}`);
  $("line-state").className = `pill ${line.state}`;
  put($("line-reason"), line.reason.replace(/^(受付中|時間外): /, ""));
  const turns = words(line.state === "open" ? "受付終了" : "次の変わり目");
  put($("line-next"), line.next_change ? `${turns} ${moment(line.next_change)}` : "");
  const said = line.override;
  $("line-said").hidden = !said;
  put($("line-said"), said ? words("{by}の指定: {reason}（{until}まで）").replace("{by}", said.by).replace("{reason}", said.reason)
    .replace("{until}", said.until ? moment(said.until) : words("取り消す")) : "");
  const back = document.querySelector('[data-line="calendar"]');
  if (back) back.disabled = !said;
}

function drawWaiting(waiting) {
  put($("waiting-count"), words("{n}人").replace("{n}", waiting.filter((one) => !one.callback).length));
  $("nobody").hidden = waiting.length > 0;
  $("waiting").hidden = waiting.length === 0;
  sync($("waiting").tBodies[0], callerRows, waiting, (caller) => caller.call, makeCaller, (row, caller) => {
    put(row.place, String(caller.position));
    row.since = Date.parse(caller.since);
    put(row.predicted, caller.predicted_wait_s === null ? "–"
      : caller.predicted_wait_s === 0 ? words("すぐ") : words("約{n}分").replace("{n}", Math.ceil(caller.predicted_wait_s / 60)));
    put(row.line, known.lines[caller.line] ?? caller.line);
    put(row.priority, caller.priority >= 1e9 ? words("最優先") : String(caller.priority));
    put(row.state, caller.rings ? `♪ ${words("呼出中")}` : caller.callback ? `↩ ${words("折り返し")}` : words("待っています"));
    name(row.button, words("{n}番目の人").replace("{n}", caller.position));
  });
}

function drawSeats(live) {
  const today = new Map(live.seats_today.map((row) => [row.seat, row]));
  const { seats: levels } = levelsOf(live);
  const counts = new Map();
  sync($("seats").tBodies[0], seatRows, live.seats, (seat) => seat.seat, makeSeat, (row, seat) => {
    counts.set(seat.state, (counts.get(seat.state) ?? 0) + 1);
    put(row.seat, words("席 {n}").replace("{n}", seat.seat));
    put(row.extension, seat.extension ? `（${words("内線")} ${seat.extension}）` : "");
    put(row.who, seat.operator_name ?? seat.operator ?? "");
    const kind = seat.state.replace("_", "-");
    if (row.kind !== kind) { row.state.className = `state-chip seat ${kind}`; row.kind = kind; }
    put(row.state, `${MARKS[seat.state] ?? ""} ${stateWord(seat.state)}`);
    row.since = seat.state === "logged_out" ? null : Date.parse(seat.since);
    putLevel(row.time, row.level, levels.get(seat.seat));
    const next = seat.next && seat.next.state !== "ready" ? words("次: {state}").replace("{state}", stateWord(seat.next.state)) : "";
    put(row.reason, [reasonOf(seat), next].filter(Boolean).join("　"));
    put(row.phone, words(PHONES[seat.phone]));
    row.phone.classList.toggle("is-off", seat.phone !== "registered" && seat.state !== "logged_out");
    const did = today.get(seat.seat);
    put(row.calls, String(did?.answered ?? 0));
    put(row.handling, did?.handling_s == null ? "–" : clock(did.handling_s));
    put(row.missed, String(did?.missed ?? 0));
    notice(row, "hand", seat.hand && `！ ${words("手上げ")}: ${words(seat.hand.reason)}`);
    notice(row, "incident", seat.incident && `！！ ${words("カスハラ")}: ${words(seat.incident.kind)}`);
    name(row.button, words("席 {n}").replace("{n}", seat.seat));
  });
  put($("seat-counts"), ORDER.filter((state) => counts.get(state)).map((state) => `${stateWord(state)} ${counts.get(state)}`).join("・"));
}

function notice(row, name, text) {
  row[name].hidden = !text;
  put(row[name], text || "");
}

/** What a button of a row is read out as: its own words first, then whose row it is. */
function name(button, whose) {
  const text = `${words("操作…")} ${whose}`;
  if (button && button.getAttribute("aria-label") !== text) button.setAttribute("aria-label", text);
}

function sync(body, rows, values, keyOf, make, fill) {
  const keys = new Set(values.map(keyOf));
  for (const [key, row] of rows) {
    if (!keys.has(key)) { row.root.remove(); rows.delete(key); }
  }
  values.forEach((value, place) => {
    const key = keyOf(value);
    if (!rows.has(key)) rows.set(key, make(key));
    const row = rows.get(key);
    if (body.children[place] !== row.root) body.insertBefore(row.root, body.children[place] ?? null);
    fill(row, value);
  });
}

function makeCaller(call) {
  const row = { since: null };
  const cell = (name, kind = "") => { row[name] = el("td", { class: kind }); return row[name]; };
  row.root = el("tr", {}, cell("place", "number"), cell("time", "time"), cell("predicted"), cell("line"), cell("priority", "number"), cell("state"));
  if (known.may.run_queue) {
    row.button = el("button", { type: "button", class: "small", onclick: () => openCaller(call) }, words("操作…"));
    row.root.append(el("td", {}, row.button));
  }
  return row;
}

function makeSeat(number) {
  const row = { since: null, kind: "" };
  const part = (name, tag, kind = "") => { row[name] = el(tag, { class: kind }); return row[name]; };
  row.clock = el("span");
  row.root = el("tr", {},
    el("th", { scope: "row" }, part("seat", "span"), part("extension", "span", "quiet")), part("who", "td", "where"),
    el("td", {}, part("state", "span", "state-chip")), part("time", "td", "time"), part("reason", "td"), part("phone", "td"),
    part("calls", "td", "number"), part("handling", "td", "number"), part("missed", "td", "number"),
    el("td", {}, part("hand", "span", "notice"), part("incident", "span", "notice")));
  row.level = el("span", { class: "level" });
  row.time.append(row.clock, " ", row.level);
  row.hand.hidden = row.incident.hidden = true;
  if (known.may.run_seats) {
    row.button = el("button", { type: "button", class: "small", onclick: () => openSeat(number) }, words("操作…"));
    row.root.append(el("td", {}, row.button));
  }
  return row;
}

function tick() {
  if (watching.lost()) return;
  const now = watching.now();
  for (const row of callerRows.values()) put(row.time, clock((now - row.since) / SECOND));
  for (const row of seatRows.values()) put(row.clock, row.since === null ? "" : clock((now - row.since) / SECOND));
}

function fresh(live, delay) {
  put($("age"), words("{time} 現在").replace("{time}", time(live.now)));
  put($("lag"), words("遅れ {n} 秒").replace("{n}", (delay / SECOND).toFixed(1)));
}

function lost(since) {
  const bar = $("lost");
  document.body.classList.toggle("is-lost", since !== null || watching?.live() === null);
  bar.hidden = !document.body.classList.contains("is-lost");
  const shown = since === null ? "" : words("表示は {time} 現在のものです。").replace("{time}", time(since));
  put(bar, bar.hidden ? "" : `${words("サーバーとの接続が切れています。")}${shown}${words("再接続しています…")}`);
}

// --- doing

let asked = null; // {actions, chosen, send}

function openSeat(number) {
  const seat = watching.live().seats.find((one) => one.seat === number);
  ask(words("席{n}の操作").replace("{n}", number) + (seat.operator_name ? ` – ${seat.operator_name}` : ""), seatActions(seat, known));
}

function openCaller(call) {
  const live = watching.live();
  const caller = live.waiting.find((one) => one.call === call);
  if (caller) ask(words("{n}番目の人の操作").replace("{n}", caller.position), callerActions(caller, live));
}

for (const button of document.querySelectorAll("[data-line]")) {
  button.addEventListener("click", () => {
    const action = lineAction(button.dataset.line, watching.live(), watching.now());
    ask(action.name, [action]);
  });
}

function ask(title, actions) {
  if (!actions.length) return;
  put($("act-title"), title);
  const choices = actions.map((action, n) => {
    const radio = el("input", { type: "radio", name: "action", value: String(n), checked: n === 0, onchange: () => choose(action) });
    return el("label", {}, radio, ` ${action.name}`);
  });
  $("act-choices").replaceChildren($("act-choices").querySelector("legend"), ...choices);
  $("act-choices").hidden = actions.length === 1;
  $("act-why").value = "";
  choose(actions[0]);
  $("act").showModal();
}

function choose(action) {
  asked = action;
  put($("act-told"), action.told ?? "");
  $("act-fields").replaceChildren(...(action.fields ?? []));
  $("act-why").required = action.why === "needed";
  put($("act-why-how"), words(action.why === "needed" ? "（必須。監査記録に残ります）" : "（監査記録に残ります）"));
  $("act-why").closest("p").hidden = action.why === "none";
  complain("");
}

function complain(text) {
  $("act-problem").hidden = !text;
  put($("act-problem"), text);
}

$("act-not").addEventListener("click", () => $("act").close());
$("act-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if ($("act-do").disabled) return;
  $("act-do").disabled = true; // a second press is not a second action
  complain("");
  try {
    const said = await asked.send($("act-why").value.trim() || undefined);
    $("act").close();
    tell(said ?? words("「{action}」を行いました。").replace("{action}", asked.name));
  } catch (problem) {
    complain(sentence(problem));
  } finally {
    $("act-do").disabled = false;
  }
});

function sentence(problem) {
  return known.refusals[problem.code] ? words(known.refusals[problem.code]) : `${words("できませんでした。")}（${problem.message}）`;
}

function tell(text) {
  put($("told"), text);
  clearTimeout(fading);
  fading = setTimeout(() => put($("told"), ""), 10 * SECOND);
}

setInterval(tick, 500);
