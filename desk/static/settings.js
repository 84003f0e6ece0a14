// 設定: the text is checked and written by the server; what is typed here is never thrown away.
import { $, Problem, api, el, words } from "./common.js";

const form = $("form");
let saved = $("text").value;
const say = (...parts) => $("said").replaceChildren(...parts);
const list = (title, changes) => (changes.length
  ? [el("h3", {}, words(title)), el("ul", { class: "changes" }, ...changes.map((one) => el("li", {},
      `${one.key}: ${JSON.stringify(one.old)} → ${JSON.stringify(one.new)}`)))] : []);

$("check").addEventListener("click", async () => {
  try {
    const { mistakes } = await api("POST", "/settings/check", { text: $("text").value });
    say(...(mistakes.length ? mistakes.map((one) => el("p", { class: "bad" }, `× ${one}`))
      : [el("p", { class: "good" }, `○ ${words("間違いはありません。")}`)]));
  } catch (problem) { failed(problem); }
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("text").value;
  try {
    const told = await api("PUT", "/settings", { text, seen: form.dataset.version }, { timeoutMs: 30000 });
    form.dataset.version = told.version;
    saved = text;
    const changes = [...list("変わった項目", told.changed), ...list("再起動で反映される項目", told.restart)];
    say(el("p", { class: "good" }, `○ ${words("反映しました。")}`), ...(changes.length ? changes : [el("p", {}, words("変わった項目はありません。"))]));
  } catch (problem) { failed(problem); }
});

function failed(problem) {
  if (!(problem instanceof Problem)) throw problem;
  say(...problem.message.split("\n").map((line) => el("p", { class: "bad" }, `× ${line}`)));
}

addEventListener("beforeunload", (event) => { if ($("text").value !== saved) event.preventDefault(); });
