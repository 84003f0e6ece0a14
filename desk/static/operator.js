// The operator's page: pushed by /api/v1/watch, which says when to look at /api/v1/desk; nothing is polled but what
// could have been missed. What is lost is said, and comes back by itself.
import { $, clock, moment, time, words } from "./common.js";
import { ask, complain, ended, facts, fill, now, put, sentence, setClock, tell } from "./operator_desk.js";
import * as call from "./operator_call.js";
import * as entry from "./operator_entry.js";
import { Keeper, sendUnsent } from "./operator_keep.js";
import * as side from "./operator_side.js";
import * as state from "./operator_state.js";
import { watch } from "./watch.js";

const LOOK_AGAIN_MS = 20000;
const RETRY_MS = 2000;
const SIDE_AFTER_MS = 300;
const SEND_EVERY_MS = 30000;
const TYPING_MS = 5000; // who has typed a moment ago is still at it

let desk = null; // the last answer of /desk
let print = ""; // of the seat as the last push had it
let looking = null;
let lookAgain = false;
let note = null; // the Keeper of the note that is shown
let subject = "none";
let callbacks = null;
let sideDue = null;
let typedAt = -Infinity;
let followed = null; // the call to which note and form have gone by themselves
let heard = null; // the server's clock at its last word

async function look() {
  if (looking) { lookAgain = true; return looking; }
  looking = (async () => {
    try {
      take(await ask("GET", "/desk"));
    } catch (problem) {
      if (problem.status !== 0 && problem.status !== 401) complain(sentence(problem));
      if (problem.status !== 401) setTimeout(look, RETRY_MS);
    }
  })().finally(() => {
    looking = null;
    if (lookAgain) { lookAgain = false; look(); }
  });
  return looking;
}

function take(answer) {
  const before = desk;
  desk = answer;
  state.show(answer.seat, answer.break_limit_s);
  side.at(answer.seat);
  call.show(answer.call);
  if (answer.call && answer.call.asked_in !== followed) follow(answer.call);
  else if (!answer.call && subject !== "none") for (const place of ["note-of", "entry-of"]) if ($(place).textContent) put(place, words("前の通話"));
  if (before && before.seat?.state !== answer.seat?.state) sideSoon();
}

// Another citizen's call: note and form go with it, but no key that was meant for the last one may fall into them.
function follow(present) {
  const typing = performance.now() - typedAt < TYPING_MS && subject !== present.asked_in;
  if (typing && present.stage === "ringing") return;
  followed = present.asked_in;
  const active = document.activeElement;
  if (typing && active?.closest(".work")) {
    $("call-title").focus(); // who it is now
    tell(words("新しい通話です。書いていたものは「本日書いたもの」の「書きかけ」にあります。"));
  }
  about(present.asked_in);
}

/** What the note and the form are about from now on. */
async function about(next, ledger) {
  const changes = next !== subject || !note;
  subject = next;
  const present = desk?.call;
  const told = next === "none" ? words("通話なしで書く")
    : present && present.asked_in === next ? fill(words("この通話 {number}"), { number: call.nameOf(present.caller) }) : words("前の通話");
  put("note-of", told);
  const tab = document.querySelector('[role="tab"][aria-selected="true"]')?.id.slice(4) ?? "inquiry";
  await Promise.all([changes ? takeNote(next) : null, entry.open(next, ledger ?? tab, told)]);
}

async function takeNote(next) {
  note?.close();
  const area = $("note");
  const mine = new Keeper(next, "note", {
    onState: (text, kind) => { if (note === mine) { put("note-kept", text); $("note-kept").className = `kept ${kind}`; } },
    onMerged: (values) => { if (note === mine) area.value = values.text ?? ""; },
  });
  note = mine;
  area.value = "";
  put("note-kept", "");
  const values = await mine.load();
  if (note !== mine) return;
  if (area.value !== (values.text ?? "")) area.value = values.text ?? "";
}

function sideSoon() {
  clearTimeout(sideDue);
  sideDue = setTimeout(() => { side.figures(); side.callbacks(); side.written(hooks); }, SIDE_AFTER_MS);
}

const hooks = {
  title: entry.titleOf,
  subject: () => subject,
  correct: (id) => entry.correct(id).then(entry.focus).catch((problem) => complain(sentence(problem))),
  goOn: async (next, what) => {
    if (/-\d{4}-\d+$/.test(what)) { await hooks.correct(what); return; }
    await about(next, what === "note" ? undefined : what);
    if (what === "note") $("note").focus();
    else entry.focus();
  },
};

function draw(live) {
  setClock(live.now);
  const pill = $("line-state");
  put(pill, words(facts.lineStates[live.line.state] ?? live.line.state));
  pill.className = `pill ${live.line.state}`;
  put("line-next", live.line.next_change ? `${live.line.state === "open" ? words("受付終了") : words("次の変わり目")} ${moment(live.line.next_change)}` : "");
  const waiting = live.waiting.filter((one) => !one.callback);
  put("waiting-count", String(waiting.length));
  $("waiting-longest").dataset.since = waiting.length ? String(Math.min(...waiting.map((one) => Date.parse(one.since)))) : "";
  state.showFree(live.seats);
  const mine = live.seats.find((one) => one.operator === facts.operator);
  const fresh = JSON.stringify(mine ? { ...mine, state_s: 0, hand: mine.hand?.since, incident: mine.incident?.since } : null);
  if (fresh !== print) {
    print = fresh;
    look();
  }
  const open = `${live.callbacks} ${live.waiting.filter((one) => one.callback).map((one) => one.call).join()}`;
  if (open !== callbacks) {
    callbacks = open;
    side.callbacks();
  }
  lostBar(live.connected ? "" : words("電話交換機とつながっていません。着信は表示されないことがあります。"));
}

function lostBar(text) {
  document.body.classList.toggle("is-lost", Boolean(text));
  put("lost", text);
  $("lost").hidden = !text;
}

function tick() {
  put("clock", time(now()));
  const since = Number($("waiting-longest").dataset.since);
  put("waiting-longest", since ? clock((now() - since) / 1000) : "–");
  state.tick();
  call.tick();
}

function keys(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    entry.save();
    return;
  }
  if (!event.altKey || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
  if (event.code === "KeyN") { event.preventDefault(); $("note").focus(); return; }
  if (state.key(event.code) || entry.key(event.code)) event.preventDefault();
}

const sendOld = () => sendUnsent((of, what) => (of === subject && what === "note") || entry.isOpen(of, what));

async function begin() {
  state.begin(look);
  document.addEventListener("keydown", keys);
  document.querySelector(".work").addEventListener("input", () => { typedAt = performance.now(); });
  $("note").addEventListener("input", () => note?.change({ text: $("note").value }));
  $("note-into").onclick = () => entry.write($("note").value.trim());
  const feed = watch({
    onLive: (live) => { heard = Date.parse(live.now); draw(live); },
    onBeat: () => { heard = feed.now(); },
    onLost: () => lostBar(`${words("サーバーとの接続が切れています。")}${heard ? fill(words("{time} までの表示です。"), { time: time(heard) }) : ""}${words("書いたものはこのブラウザーに残ります。再接続しています…")}`),
    onEnded: ended,
  });
  addEventListener("desk:again", () => location.reload());
  setInterval(tick, 250);
  setInterval(look, LOOK_AGAIN_MS);
  setInterval(sendOld, SEND_EVERY_MS);
  await formsReady();
  await look();
  if (!desk?.call) await about(subject);
  sendOld().then(sideSoon);
  document.body.dataset.ready = "yes";
}

// The forms are asked for until they are there: a server that is just starting must not leave a page without them.
async function formsReady() {
  for (;;) {
    try {
      await entry.begin({
        category: call.about,
        saved: () => { look(); sideSoon(); },
        subject: () => desk?.call?.asked_in ?? subject,
        number: () => (desk?.call && !desk.call.caller.withheld ? desk.call.caller.display : null),
      });
      return;
    } catch (problem) {
      if (problem.status === 401) return;
      await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
    }
  }
}

if (facts.operator) begin();
