// What the parts of the operator's page share: who works here, the server's clock, requests, what is told.
import { $, Problem, api, facts as factsOf, words } from "./common.js";

export const facts = factsOf("facts");
export const label = (text) => words(text);

const TOLD_MS = 12000;
let fading = null;
let base = null; // the server's time (ms) less performance.now(), from its last answer

/** The server's clock now, ms; before its first answer our own. */
export const now = () => (base === null ? Date.now() : base + performance.now());

/** Set the clock by an answer of the server that has `now`. */
export function setClock(text) {
  base = Date.parse(text) - performance.now();
}

const SENTENCES = {
  unreachable: () => words("サーバーに届きません。"),
  seat_taken: () => words("この席には、ほかの人が座っています。別の席を選んでください。"),
  operator_elsewhere: () => words("すでに別の席で受付を始めています。その席を離れてから選んでください。"),
  not_logged_in: () => words("この席では受付を始めていません。"),
  not_your_seat: () => words("この席には座っていません。画面を読み込み直してください。"),
  seat_busy: () => words("通話中のため、いまはできません。"),
  seat_not_ready: () => words("受付可のときにできます。"),
  not_in_wrap_up: () => words("後作業は終わっています。"),
  wrap_up_too_long: () => words("後作業は、これ以上延ばせません。"),
  no_such_call: () => words("その折り返しは、もうありません。"),
  call_connected: () => words("ほかの席がかけています。"),
  out_of_turn: () => words("まだかける時刻になっていません。"),
  no_hand: () => words("手は上がっていません。"),
  no_incident: () => words("記録は閉じられています。"),
  body_too_large: () => words("長すぎて保存できません。短くしてください。書いたものは消えていません。"),
  database_away: () => words("記録の保存先が止まっています。書いたものはこのブラウザーに残っています。"),
  no_key: () => words("個人情報の鍵が使えないため、保存できません。業務責任者に知らせてください。"),
  purged: () => words("この記録の個人情報は消去済みのため、訂正できません。"),
};

/** A problem in a sentence for people. */
export function sentence(problem) {
  const known = problem instanceof Problem ? SENTENCES[problem.code] : null;
  return known ? known() : problem.message;
}

/** Say that something was done: a status, read out when there is time. */
export function tell(text) {
  $("problem").hidden = true;
  $("told").textContent = text;
  clearTimeout(fading);
  fading = setTimeout(() => { $("told").textContent = ""; }, TOLD_MS);
}

/** Say that something went wrong. */
export function complain(text) {
  const bar = $("problem");
  if (bar.textContent !== text || bar.hidden) {
    bar.textContent = text;
    bar.hidden = false;
  }
  $("told").textContent = "";
}

/** Take back what was complained of. */
export function settled() {
  $("problem").hidden = true;
}

/** The session has ended: say so over the page, and throw nothing away. */
export function ended() {
  const dialog = $("again");
  if (dialog.open) return;
  dialog.showModal();
  const looking = setInterval(async () => {
    try {
      await api("GET", "/desk", undefined, { stay: true });
    } catch (problem) {
      if (problem.status === 401 || problem.status === 0) return;
    }
    clearInterval(looking); // logged in again in another window
    dialog.close();
    dispatchEvent(new Event("desk:again"));
  }, 3000);
}

/** One request; a session that has ended is said, and the Problem is thrown all the same. */
export async function ask(method, path, body, options = {}) {
  try {
    const answer = await api(method, path, body, { stay: true, ...options });
    if (answer && typeof answer.now === "string") setClock(answer.now);
    return answer;
  } catch (problem) {
    if (problem.status === 401) ended();
    throw problem;
  }
}

/** Ask the operator to confirm. Resolves to true or false. */
export function confirmed(title, text, word) {
  const dialog = $("confirm");
  $("confirm-title").textContent = title;
  $("confirm-text").textContent = text;
  $("confirm-do").textContent = word;
  dialog.returnValue = "";
  dialog.showModal();
  $("confirm-do").focus();
  return new Promise((resolve) => {
    $("confirm-do").onclick = () => dialog.close("yes");
    $("confirm-not").onclick = () => dialog.close();
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
  });
}

/** A text with its places filled in: fill(words("席 {n}"), { n: 3 }). */
export const fill = (text, values) => text.replace(/{(\w+)}/g, (_, name) => String(values[name] ?? ""));

/** Write a text, and only if it is another one: what a screen reader watches is not touched for nothing. */
export function put(id, text) {
  const element = typeof id === "string" ? $(id) : id;
  if (element.textContent !== text) element.textContent = text;
}
