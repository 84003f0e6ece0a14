// The call that the operator is offered, talks in or writes up: who, from where, for how long; what came before;
// what to say.
import { $, clock, day, el, time, words } from "./common.js";
import { ask, facts, fill, now, put, sentence } from "./operator_desk.js";

const LANGUAGES = { ja: () => words("日本語"), en: () => words("英語"), easy: () => words("やさしい日本語") };
const STAGES = {
  ringing: () => words("着信中"), talking: () => words("通話中"), hold: () => words("保留中"), wrap_up: () => words("後作業"),
};
const WITHHELD = {
  anonymous: () => words("非通知"), payphone: () => words("公衆電話"), unavailable: () => words("表示圏外"),
  interaction: () => words("通知不可"), unknown: () => words("番号不明"),
};
let call = null;
let category = [];
let holdTold = false;
let earlierOf = null;

/** Show the present call, or that there is none. */
export function show(present) {
  const fresh = present && present.call !== call?.call;
  call = present;
  $("call-card").hidden = !present;
  $("no-call").hidden = Boolean(present);
  document.title = present && present.stage === "ringing" ? `♪ ${words("着信中")}` : `${words("受付席")} – ${words("窓口")}`;
  if (!present) {
    $("earlier").hidden = true;
    earlierOf = null;
    holdTold = false;
    put("call-said", "");
    drawScripts();
    return;
  }
  const stage = STAGES[present.stage]?.() ?? "";
  $("stage").className = `pill ${present.stage.replace("_", "-")}`;
  put("stage", stage);
  $("callback-mark").hidden = !present.callback;
  const shown = nameOf(present.caller);
  $("caller").classList.toggle("withheld", Boolean(present.caller.withheld));
  put("caller", shown);
  $("caller-note").hidden = present.caller.display !== null && !present.caller.withheld;
  put("caller-note", present.caller.display === null
    ? words("見たことを記録できないため、番号を伏せています。電話機の表示を見てください。")
    : present.caller.withheld ? words("番号の通知がありません。折り返しが要るときは番号を伺ってください。") : "");
  drawFacts();
  $("reservation").hidden = !present.reservation_url;
  if (present.reservation_url) $("reservation-link").href = present.reservation_url;
  if (present.stage === "ringing" && fresh) put("call-said", `${words("着信")} ${shown} ${present.line_name}`);
  if (fresh || earlierOf !== present.call) earlier(present);
  if (fresh) drawScripts();
  if (present.stage !== "hold") holdTold = false;
  tick();
}

/** Who it is, for the eye: the number, or in words why there is none. */
export const nameOf = ({ display, withheld }) => WITHHELD[withheld]?.() ?? display ?? words("番号を表示できません");

/** The category that the operator has chosen: the script for it comes up. */
export function about(path) {
  if (JSON.stringify(path) === JSON.stringify(category)) return;
  category = path;
  drawScripts();
}

/** The clocks. */
export function tick() {
  if (!call) return;
  const talking = call.talk && call.stage !== "wrap_up";
  $("talk-clock").parentElement.hidden = call.stage === "wrap_up";
  put("talk-clock", talking ? clock((now() - Date.parse(call.talk)) / 1000) : "–");
  $("hold-part").hidden = !call.hold;
  const over = call.hold ? (now() - Date.parse(call.hold)) / 1000 : 0;
  if (call.hold) put("hold-clock", clock(over));
  const late = Boolean(call.hold) && over > facts.holdTarget;
  $("hold-part").classList.toggle("is-over", late);
  if (late && !holdTold) {
    holdTold = true;
    put("hold-alarm", fill(words("保留が目標の {time} を超えました。一度お声がけください。"), { time: clock(facts.holdTarget) }));
  }
  $("hold-alarm").hidden = !late;
  if (!late) put("hold-alarm", "");
}

function drawFacts() {
  const rows = [
    [words("回線"), call.line_name],
    [words("メニュー"), call.menu.map((step) => `${step.menu} ${step.key}`).join(" → ") || words("なし")],
    [words("待ち時間"), clock(call.waited_s)],
    [words("言語"), LANGUAGES[call.language]?.() ?? call.language],
    ...(call.need.length ? [[words("必要な技能"), call.need.join("、")]] : []),
  ];
  $("call-facts").replaceChildren(...rows.flatMap(([name, value]) => [el("div", {}, el("dt", {}, name), el("dd", {}, value))]));
}

async function earlier(present) {
  earlierOf = present.call;
  const none = present.caller.withheld || present.caller.display === null || !facts.earlier;
  $("earlier").hidden = Boolean(none);
  if (none) return;
  const list = $("earlier-list");
  list.replaceChildren(el("li", { class: "quiet" }, words("調べています…")));
  try {
    const { contacts, days } = await ask("GET", "/desk/earlier");
    if (earlierOf !== present.call) return;
    put("earlier-span", fill(words("過去 {n} 日"), { n: days }));
    list.replaceChildren(...(contacts.length ? contacts.map((one) => el(
      "li", {},
      el("span", { class: "when" }, `${day(one.received)} ${time(one.received).slice(0, 5)}`),
      el("span", {}, one.outcome_ja, one.operator_name ? ` ${one.operator_name}` : "", one.talk_s === null ? "" : ` ${clock(one.talk_s)}`),
      ...one.entries.map((entry) => el("span", { class: "tag" }, `${entry.about || entry.id}`)),
    )) : [el("li", { class: "quiet" }, words("ありません。"))]));
  } catch (problem) {
    if (earlierOf === present.call) list.replaceChildren(el("li", { class: "quiet" }, sentence(problem)));
    if (problem.status === 0 || problem.status >= 500) earlierOf = null;
  }
}

// The closest fit first: by category, by the key of the menu, by the line, then what is for every call.
function drawScripts() {
  const fits = (script) => {
    if (script.category.length && !script.category.every((name, n) => category[n] === name)) return -1;
    if (script.menu && !call?.menu.some((step) => `${step.menu}:${step.key}` === script.menu)) return -1;
    if (script.line && call?.line !== script.line) return -1;
    return script.category.length * 4 + (script.menu ? 2 : 0) + (script.line ? 1 : 0);
  };
  const found = facts.scripts.map((script) => [fits(script), script]).filter(([fit]) => fit >= 0)
    .sort(([a], [b]) => b - a).map(([, script]) => script);
  const filled = (text) => text.replaceAll("{line}", call?.line_name ?? facts.lineName).replaceAll("{operator}", facts.name);
  $("scripts").replaceChildren(...found.map((script, n) => el(
    "details", { open: n === 0, class: "talk" }, el("summary", {}, script.title), el("p", {}, filled(script.text)),
  )));
}
