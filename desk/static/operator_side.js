// Beside the call: the operator's own figures, callbacks, and what he has written or left unfinished today.
import { $, clock, el, moment, time, words } from "./common.js";
import { ask, complain, facts, fill, now, put, sentence, tell } from "./operator_desk.js";
import { unsent } from "./operator_keep.js";

let seat = null;

/** The seat that may call back. */
export function at(mine) {
  seat = mine;
  for (const button of $("callback-list").querySelectorAll("button")) button.disabled = !may();
  $("callbacks-hint").hidden = may() || !$("callback-list").childElementCount;
}

const may = () => seat?.state === "ready";

/** The day's own figures. */
export async function figures() {
  let day;
  try {
    day = await ask("GET", "/desk/day");
  } catch {
    return; // what stands there is of a moment ago; the next try comes
  }
  const span = (s) => (s === null ? "–" : clock(s));
  const rows = [
    [words("応答"), `${day.answered}`], [words("折り返し"), `${day.callbacks}`],
    [words("平均通話"), span(day.average_talk_s)], [words("平均後作業"), span(day.average_wrap_up_s)],
    [words("受付可"), span(day.states_s.ready)], [words("離席"), span(day.states_s.break)],
    [words("ログイン"), span(day.logged_in_s)],
    [words("稼働率"), day.utilisation === null ? "–" : `${(day.utilisation * 100).toFixed(1)}%`],
  ];
  $("own-figures").replaceChildren(...rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

/** The open callbacks. */
export async function callbacks() {
  let found;
  try {
    ({ callbacks: found } = await ask("GET", "/desk/callbacks"));
  } catch {
    return;
  }
  put("callbacks-count", found.length ? fill(words("{n} 件"), { n: found.length }) : "");
  $("no-callbacks").hidden = found.length > 0;
  $("callbacks-hint").hidden = may() || found.length === 0;
  $("callback-list").replaceChildren(...found.map((one) => {
    const due = Date.parse(one.due) <= now();
    const state = one.state === "calling" ? words("呼出中") : due ? words("いまかけられます") : fill(words("{time} から"), { time: moment(one.due) });
    return el("li", {},
      el("span", { class: "when" }, fill(words("{time} に依頼"), { time: time(one.asked).slice(0, 5) })),
      el("span", {}, one.line_name, one.attempts ? `　${fill(words("{n} 回かけた"), { n: one.attempts })}` : ""),
      el("span", { class: one.mine ? "tag" : "quiet" }, one.mine ? words("自分がかけた") : state),
      ...(due && one.state !== "calling" ? [el("button", {
        type: "button", class: "small", disabled: !may(), onclick: () => call(one.ticket),
        "aria-label": fill(words("{time} に依頼の折り返しをかける"), { time: time(one.asked).slice(0, 5) }),
      }, words("かける"))] : []));
  }));
}

async function call(ticket) {
  try {
    await ask("POST", `/seats/${seat.seat}/call-back`, { ticket });
    tell(words("自分の電話が鳴ります。取ると、相手を呼び出します。"));
  } catch (problem) {
    complain(sentence(problem));
  }
}

/** What was written today, and what is unfinished. `on`: correct(id), goOn(subject, about), title(ledger). */
export async function written(on) {
  const today = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Tokyo" }).format(new Date(now()));
  let entries; let drafts;
  try {
    [{ entries }, { drafts }] = await Promise.all([
      ask("GET", `/entries?day=${today}`), ask("GET", `/drafts?by=${encodeURIComponent(facts.id)}`)]);
  } catch {
    return;
  }
  const mine = entries.filter((one) => one.made_by === facts.id || one.by === facts.id).reverse();
  const local = (await unsent().catch(() => [])).filter((one) => !drafts.some((kept) => kept.subject === one.subject && kept.about === one.about));
  const unfinished = [...drafts, ...local].filter((one) => one.subject !== on.subject()).map((one) => el("li", {},
    el("span", { class: "when" }, time(one.at).slice(0, 5)),
    el("span", { class: "tag warn" }, words("書きかけ")),
    el("span", {}, one.about === "note" ? words("メモ") : on.title(one.about)),
    el("button", { type: "button", class: "small", onclick: () => on.goOn(one.subject, one.about) }, words("続ける"))));
  const about = (one) => {
    const value = Object.values(one.values).find((v) => Array.isArray(v)) ?? Object.values(one.values).find((v) => typeof v === "string");
    return Array.isArray(value) ? value.join(" / ") : value ?? "";
  };
  $("written").replaceChildren(...unfinished, ...mine.slice(0, 30).map((one) => el("li", {},
    el("span", { class: "when" }, time(one.made).slice(0, 5)),
    el("span", {}, `${on.title(one.ledger)} ${one.number}`, one.revision > 1 ? fill(words("（第{n}版）"), { n: one.revision }) : ""),
    el("span", { class: "quiet" }, about(one)),
    ...(one.state === "readable" ? [el("button", { type: "button", class: "small", "aria-label": fill(words("{number} を訂正する"), { number: one.number }), onclick: () => on.correct(one.id) }, words("訂正"))] : []))));
  $("none-written").hidden = unfinished.length + mine.length > 0;
}
