// What may be done with a seat, with one who waits, and with the line: name, what it needs, and the request.
import { api, el, words } from "./common.js";

let fieldCount = 0;

function field(label, input) {
  input.id ||= `field-${++fieldCount}`;
  const root = el("p", {}, el("label", { for: input.id }, label), " ", input);
  return { root, get value() { return input.value; } };
}

const choice = (label, options) => field(label, el("select", {}, ...options.map(([value, name]) => el("option", { value }, name))));
const seat = (number, action, body) => api("POST", `/seats/${number}/${action}`, body);
const caller = (call, action, body) => api("POST", `/calls/${encodeURIComponent(call)}/${action}`, body);
const done = () => undefined;

/** The actions that the seat's state allows; the server has the last word. */
export function seatActions(one, known) {
  const n = one.seat;
  const actions = [];
  const add = (name, send, more = {}) => actions.push({ name: words(name), why: "asked", send: async (why) => done(await send(why)), ...more });
  if (one.hand) add("手上げに対応した", () => seat(n, "lower-hand"), { why: "none" });
  if (one.incident) add("カスハラ対応を終える", () => seat(n, "close-incident"), { why: "none", told: words("記録と保全はそのまま残ります。") });
  if (one.state === "logged_out") {
    const who = choice(words("オペレーター"), Object.entries(known.operators));
    add("ログインさせる", (why) => seat(n, "login", { operator: who.value, why }), { fields: [who.root] });
    return actions;
  }
  if (one.state !== "ready") add("受付可にする", (why) => seat(n, "ready", { why }));
  if (one.state === "wrap_up") add("後作業を終わらせる", (why) => seat(n, "end-wrap-up", { why }));
  const reason = choice(words("離席の理由"), Object.entries(known.breaks));
  const after = ["talking", "hold", "ringing", "wrap_up"].includes(one.state) ? words("いまの通話と後作業が終わってからです。") : "";
  add("離席にする", (why) => seat(n, "break", { reason: reason.value, why }), { fields: [reason.root], told: after });
  add("ログアウトにする", (why) => seat(n, "logout", { why }), { why: "needed", told: after });
  return actions;
}

/** What may be done with one who waits, or with a callback in the queue. */
export function callerActions(one, live) {
  const actions = [];
  const add = (name, why, send, more = {}) => actions.push({ name: words(name), why, send: async (given) => done(await send(given)), ...more });
  if (one.callback) {
    add("先頭へ", "needed", (why) => caller(one.call, "move", { position: 1, why }));
    add("折り返しを取り消す", "needed", (why) => api("POST", `/callbacks/${encodeURIComponent(one.call)}/cancel`, { why }),
      { told: words("市民には折り返しの電話がかかりません。") });
    return actions;
  }
  add("先頭へ", "needed", (why) => caller(one.call, "move", { position: 1, why }));
  const to = field(words("優先度（大きいほど先。ふだんは 0）"), el("input", { type: "number", min: "-1000", max: "1000", value: String(Math.min(one.priority + 1, 1000)) }));
  add("優先度を変える", "needed", (why) => caller(one.call, "raise", { priority: Number(to.value), why }), { fields: [to.root] });
  const ready = live.seats.filter((other) => other.state === "ready");
  if (ready.length) {
    const where = choice(words("席"), ready.map((other) => [String(other.seat), `${other.seat} ${other.operator_name ?? ""}`]));
    add("席を選んで鳴らす", "asked", (why) => caller(one.call, "offer", { seat: Number(where.value), why }), { fields: [where.root] });
  }
  const number = field(words("折り返し先（空欄は発信番号）"), el("input", { type: "text", inputmode: "tel", maxlength: "20" }));
  add("折り返しにする", "needed", (why) => caller(one.call, "callback", { number: number.value.trim() || null, why }),
    { fields: [number.root], told: words("電話を切り、あとで市の番号からかけ直します。") });
  add("列から出す", "needed", (why) => caller(one.call, "take-out", { reason: why }), { told: words("案内を流して電話を切ります。") });
  return actions;
}

/** The line: closed now, open longer, back to the calendar, an emergency announcement. */
export function lineAction(kind, live, nowMs) {
  const at = (ms) => new Date(ms + 9 * 3600 * 1000).toISOString().slice(0, 16); // Japan's time, as such a field has it
  const moment = (label, ms, required) => field(label, el("input", { type: "datetime-local", value: ms === null ? "" : at(ms), required }));
  if (kind === "close") {
    const until = moment(words("いつまで（空欄は次の受付開始まで）"), null, false);
    return {
      name: words("いますぐ休止"), why: "needed", fields: [until.root],
      told: words("いますぐ受付を休みます。受付時間中は、二人目の確認のあとに効きます。"),
      async send(reason) {
        const answer = await api("POST", "/line/close", { reason, until: until.value || null });
        return answer.confirmed_by === undefined && answer.state !== "pending" ? words("受付を休止しました。")
          : words("登録しました。別の人が受付カレンダーの画面で確認すると効きます。");
      },
    };
  }
  if (kind === "open") {
    const next = live.line.state === "open" && live.line.next_change ? Date.parse(live.line.next_change) : nowMs;
    const until = moment(words("いつまで"), next + 30 * 60 * 1000, true);
    return {
      name: words("受付を延ばす"), why: "needed", fields: [until.root], told: words("この時刻まで電話を受けます。"),
      async send(reason) { await api("POST", "/line/open", { reason, until: until.value }); return words("受付を延ばしました。"); },
    };
  }
  if (kind === "calendar") {
    return {
      name: words("カレンダーに戻す"), why: "asked", told: words("いま効いている指定を終え、受付カレンダーのとおりにします。"),
      async send(reason) { await api("POST", "/line/calendar", { reason: reason ?? null }); return words("カレンダーのとおりに戻しました。"); },
    };
  }
  const text = field(words("案内する文"), el("textarea", { rows: "3", maxlength: "300", required: true }));
  const place = choice(words("流し方"), [["emergency", words("ほかの案内より先に流す")], ["instead", words("これだけを流して切る")]]);
  const until = moment(words("いつまで"), nowMs + 3 * 3600 * 1000, true);
  return {
    name: words("緊急案内"), why: "none", fields: [text.root, place.root, until.root],
    told: words("音声を作って、次の着信から流します。取り下げは「お知らせ」の画面で行います。"),
    async send() {
      await api("POST", "/announcements", { text: text.value, place: place.value, until: until.value }, { timeoutMs: 60000 });
      return words("緊急案内を流しはじめました。");
    },
  };
}
