// The operator's seat: chosen, its state and the next one, its telephone; 手上げ and カスハラ.
import { $, clock, el, words } from "./common.js";
import { ask, complain, confirmed, facts, fill, now, put, sentence, settled, tell } from "./operator_desk.js";

const MARKS = { ready: "○", ringing: "♪", talking: "●", hold: "Ⅱ", wrap_up: "✎", break: "△", unreachable: "×" };
const MISSED = {
  no_answer: () => words("応答がなかったため、離席になりました。受けられるときは「受付可」を押してください。"),
  busy: () => words("電話が話中だったため、離席になりました。"),
  declined: () => words("着信を拒否したため、離席になりました。"),
  unreachable: () => words("電話に届かないため、離席になりました。"),
};
let seat = null;
let limit = null;
let refresh = () => {};
let overTold = false;

/** Begin; `again` fetches the desk anew. */
export function begin(again) {
  refresh = again;
  choices("reasons", Object.entries(facts.breaks), (digit, word) => act("break", { reason: digit }, word), "to-break");
  choices("hand-reasons", numbered(facts.handReasons), (_, reason) => act("raise-hand", { reason }, words("手を上げました。")), "hand");
  choices("incident-kinds", numbered(facts.incidentKinds), (_, kind) => report(kind), "incident");
  $("to-ready").onclick = () => act("ready");
  $("to-break").onclick = () => open("reasons", "to-break");
  $("end-wrap-up").onclick = () => act("end-wrap-up");
  $("extend").onclick = () => act("extend-wrap-up", { seconds: 60 }, words("1分延ばしました。"));
  $("leave").onclick = leave;
  $("hand").onclick = () => (seat?.hand ? act("lower-hand", undefined, words("手を下ろしました。")) : open("hand-reasons", "hand"));
  $("incident").onclick = () => (seat?.incident ? closeIncident() : open("incident-kinds", "incident"));
}

/** Show the seat as the server tells it (null: logged in nowhere), and the free ones to choose from. */
export function show(mine, breakLimitS) {
  const was = seat;
  seat = mine;
  limit = breakLimitS ?? null;
  $("enter").hidden = Boolean(mine);
  $("state").hidden = !mine;
  $("desk").hidden = !mine;
  $("phone-help").hidden = !mine || mine.phone === "registered";
  if (!mine) return;
  if (was && was.state !== mine.state) overTold = false;
  const state = mine.state;
  $("now").className = `now ${state.replace("_", "-")}`;
  put("seat-name", fill(words("席 {n}（内線 {extension}） {name}"), { n: mine.seat, extension: mine.extension, name: facts.name }));
  $("phone").className = `phone ${mine.phone}`;
  put("phone", mine.phone === "registered" ? `✓ ${words("電話 登録済み")}`
    : mine.phone === "unreachable" ? `× ${words("電話に届きません")}` : `× ${words("電話 未登録")}`);
  put("mark", MARKS[state] ?? "");
  put("state-word", stateWord(mine));
  const wrapping = state === "wrap_up";
  $("end-wrap-up").hidden = $("extend").hidden = !wrapping;
  const busy = Boolean(mine.next);
  const chosen = busy ? mine.next.state : state === "break" ? "break" : "ready";
  press("to-ready", chosen === "ready");
  press("to-break", chosen === "break");
  for (const button of $("reasons").querySelectorAll("button")) {
    const reason = busy ? mine.next.reason : mine.reason;
    press(button, chosen === "break" && button.dataset.word === reason);
  }
  $("next").hidden = !busy;
  if (busy) put("next", `${state === "wrap_up" ? words("後作業のあと") : words("通話と後作業のあと")}：${nextWord(mine.next)}`);
  press("leave", busy && chosen === "logged_out");
  press("hand", Boolean(mine.hand));
  $("hand").classList.toggle("is-on", Boolean(mine.hand));
  $("incident").classList.toggle("is-on", Boolean(mine.incident));
  press("incident", Boolean(mine.incident));
  tick();
}

/** The free seats, for who sits nowhere. */
export function showFree(seats) {
  if (seat) return;
  const free = seats.filter((one) => one.state === "logged_out" && !one.operator)
    .sort((a, b) => (a.phone === "registered" ? 0 : 1) - (b.phone === "registered" ? 0 : 1) || a.seat - b.seat);
  $("no-seat").hidden = free.length > 0;
  const list = $("free-seats");
  const drawn = JSON.stringify(free.map((one) => [one.seat, one.phone]));
  if (list.dataset.drawn === drawn) return;
  list.dataset.drawn = drawn;
  list.replaceChildren(...free.map((one) => el("li", {}, el(
    "button", { type: "button", class: "mode plain", onclick: () => sit(one.seat) },
    el("b", {}, fill(words("席 {n}"), { n: one.seat })),
    el("span", {}, fill(words("内線 {n}"), { n: one.extension })),
    el("span", { class: `phone ${one.phone}` }, one.phone === "registered" ? `✓ ${words("電話 登録済み")}` : `× ${words("電話 未登録")}`),
  ))));
}

/** Clocks; called every quarter of a second. */
export function tick() {
  if (!seat) return;
  const { state } = seat;
  const forS = (now() - Date.parse(seat.since)) / 1000;
  let shown = clock(forS);
  let note = "";
  if (state === "wrap_up" && seat.wrap_up_until) {
    const left = (Date.parse(seat.wrap_up_until) - now()) / 1000;
    shown = clock(Math.ceil(Math.max(0, left)));
    note = words("後作業の残り。終わると受付可に戻ります。");
    if (seat.next && seat.next.state !== "ready") note = words("後作業の残り。");
  } else if (state === "break") {
    note = MISSED[seat.reason]?.() ?? seat.reason ?? "";
    if (limit !== null) {
      const left = limit - forS;
      const over = left < 0;
      note += `　${fill(over ? words("制限を {time} 過ぎています（制限 {limit}）") : words("残り {time}（制限 {limit}）"),
        { time: clock(Math.abs(left)), limit: clock(limit) })}`;
      $("now").classList.toggle("is-over", over);
      if (over && !overTold) {
        overTold = true;
        tell(words("離席の制限時間を過ぎました。"));
      }
    }
  } else if (state === "unreachable") note = words("電話が登録されるまで、この席には着信しません。");
  else if (seat.reason === "own_call") note = words("自分の電話で通話中です。");
  put("state-clock", shown);
  put("state-note", note);
  put("hand-word", seat.hand ? `${words("手を下ろす")} ${seat.hand.reason} ${clock((now() - Date.parse(seat.hand.since)) / 1000)}` : words("手上げ"));
  put("incident-word", seat.incident
    ? `${words("カスハラ対応中")} ${seat.incident.kind} ${clock((now() - Date.parse(seat.incident.since)) / 1000)}` : words("カスハラ"));
}

/** A key with Alt. Returns whether it was one of ours. */
export function key(code) {
  const button = {
    KeyR: "to-ready", KeyB: "to-break", KeyW: "end-wrap-up", KeyE: "extend", KeyQ: "leave", KeyH: "hand", KeyX: "incident",
  }[code];
  if (!button || !seat || $(button).hidden) return false;
  $(button).click();
  return true;
}

function stateWord(mine) {
  if (mine.reason === "own_call") return words("内線・発信中");
  if (mine.reason === "callback" && mine.state === "talking") return words("折り返し呼出中");
  return words(facts.states[mine.state] ?? mine.state);
}

function nextWord(next) {
  if (next.state === "break") return `${words("離席")}（${next.reason ?? ""}）`;
  return next.state === "logged_out" ? words("席を離れる（終業）") : words("受付可");
}

function press(id, on) {
  const button = typeof id === "string" ? $(id) : id;
  button.setAttribute("aria-pressed", on ? "true" : "false");
}

const numbered = (list) => list.map((word, n) => [String(n + 1), word]);

function choices(id, pairs, choose, opener) {
  const list = $(id);
  list.replaceChildren(...pairs.map(([digit, word]) => el("li", {}, el(
    "button", { type: "button", class: "reason", "data-word": word, "aria-keyshortcuts": digit,
      onclick: () => { close(id, opener); choose(digit, word); } },
    el("kbd", {}, digit), ` ${word}`,
  ))));
  list.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); close(id, opener); $(opener).focus(); return; }
    const n = pairs.findIndex(([digit]) => digit === event.key);
    const buttons = [...list.querySelectorAll("button")];
    if (n >= 0 && !event.altKey && !event.ctrlKey) { event.preventDefault(); buttons[n].click(); return; }
    const at = buttons.indexOf(document.activeElement);
    if (event.key === "ArrowDown" || event.key === "ArrowRight") { event.preventDefault(); buttons[(at + 1) % buttons.length].focus(); }
    if (event.key === "ArrowUp" || event.key === "ArrowLeft") { event.preventDefault(); buttons.at(at - 1).focus(); }
  });
}

function open(id, opener) {
  const list = $(id);
  const opens = list.hidden;
  for (const [other, its] of [["reasons", "to-break"], ["hand-reasons", "hand"], ["incident-kinds", "incident"]]) close(other, its);
  if (!opens) return;
  list.hidden = false;
  $(opener).setAttribute("aria-expanded", "true");
  list.querySelector("button")?.focus();
}

function close(id, opener) {
  $(id).hidden = true;
  $(opener).setAttribute("aria-expanded", "false");
}

async function act(action, body, said = "") {
  if (!seat) return;
  try {
    await ask("POST", `/seats/${seat.seat}/${action}`, body ?? {});
    settled();
    if (said) tell(said);
  } catch (problem) {
    complain(sentence(problem));
  }
  refresh();
}

async function sit(number) {
  try {
    await ask("POST", `/seats/${number}/login`, { operator: facts.operator });
    tell(fill(words("席 {n} で受付を始めました。"), { n: number }));
  } catch (problem) {
    complain(sentence(problem));
  }
  await refresh();
  if (!$("state").hidden) $("to-ready").focus();
}

async function leave() {
  const sure = await confirmed(words("席を離れる（終業）"), seat.next
    ? words("いまの通話と後作業が終わってから、席を離れます。よろしいですか。")
    : words("この席での受付を終えます。よろしいですか。"), words("席を離れる"));
  if (sure) await act("logout", undefined, words("席を離れました。"));
}

async function report(kind) {
  try {
    const { held, hold_problem: why } = await ask("POST", `/seats/${seat.seat}/incident`, { kind });
    tell(held ? words("業務責任者に知らせ、この通話の記録を保全しました。")
      : `${words("業務責任者に知らせました。")} ${why === "there is no call" ? "" : words("記録の保全はできませんでした。業務責任者に伝えてください。")}`);
  } catch (problem) {
    complain(sentence(problem));
  }
  refresh();
}

async function closeIncident() {
  const sure = await confirmed(words("カスハラ対応を終える"), words("知らせを閉じます。記録と保全は残ります。"), words("終える"));
  if (sure) await act("close-incident", undefined, words("カスハラ対応を終えました。"));
}
