// The seats' states as all pages show them: a mark and a word each, so that none is told by its colour alone.
import { words } from "./common.js";

export const MARKS = {
  ready: "○", ringing: "♪", talking: "●", hold: "Ⅱ", wrap_up: "✎", break: "△", unreachable: "×", logged_out: "－",
};
export const WORDS = {
  ready: "受付可", ringing: "着信中", talking: "通話中", hold: "保留", wrap_up: "後作業", break: "離席",
  unreachable: "未登録", logged_out: "未ログイン",
};
export const ORDER = ["ready", "ringing", "talking", "hold", "wrap_up", "break", "unreachable", "logged_out"];
const CAUSES = {
  own_call: "内線・発信中", callback: "折返し呼出中", no_answer: "応答なしのため", busy: "話中のため",
  declined: "拒否のため", unreachable: "電話に届かないため",
};

export const stateWord = (state) => words(WORDS[state] ?? state);

/** Why the seat is in its state, in words; a break's reason is the site's own word. */
export const reasonOf = (seat) => (seat.reason ? words(CAUSES[seat.reason] ?? seat.reason) : "");

/** {figure: level} of the whole floor and, by seat, of the seats: from the alarms of /live. */
export function levelsOf(live) {
  const floor = new Map();
  const seats = new Map();
  for (const alarm of live.alarms) {
    if (alarm.seat === null) floor.set(alarm.figure, alarm.level);
    else seats.set(alarm.seat, alarm.level);
  }
  return { floor, seats };
}

export const LEVEL_WORDS = { yellow: "注意", red: "警戒" };
export const LEVEL_MARKS = { yellow: "▲", red: "■" };

/** Set an element's text, only if it is another: nothing is drawn, and nothing read out, for nothing. */
export function put(element, text) {
  if (element.firstChild?.nodeType === Node.TEXT_NODE && element.childNodes.length === 1) {
    if (element.firstChild.data !== text) element.firstChild.data = text;
  } else if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Show or take away a level: class, mark and word. */
export function putLevel(element, label, level) {
  element.classList.toggle("is-yellow", level === "yellow");
  element.classList.toggle("is-red", level === "red");
  if (label) put(label, level ? `${LEVEL_MARKS[level]} ${words(LEVEL_WORDS[level])}` : "");
}
