// Accounts and kiosk links. What is told once stands in a dialog; the list is drawn anew by the server afterwards.
import { $, Problem, api, facts, words } from "./common.js";

const PROBLEMS = facts("problems");
const people = new Map(facts("people").map((one) => [one.id, one]));
let chosen = null;

/** Do it; a refusal is said in `place`. The answer, or null. */
async function attempt(place, work) {
  try {
    const answer = await work();
    $(place).hidden = true;
    return answer;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    $(place).textContent = problem.code in PROBLEMS ? words(PROBLEMS[problem.code]) : problem.message;
    $(place).hidden = false;
    return null;
  }
}

/** Show what is told this once; the page is drawn anew when it is closed. */
function tell(title, text) {
  $("one").close();
  $("once-title").textContent = title;
  $("once-text").textContent = text;
  $("once").showModal();
}
$("once").addEventListener("close", () => location.reload());
$("copy").addEventListener("click", async () => {
  const range = document.createRange();
  range.selectNodeContents($("once-text"));
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  // Without TLS a page may not write to the clipboard; the text is selected then.
  if (navigator.clipboard) {
    await navigator.clipboard.writeText($("once-text").textContent);
    $("copy").textContent = words("写しました");
  }
});

/** The lines that are ticked; null when all are. */
function lines(form) {
  const boxes = [...form.querySelectorAll("input[name=line]")];
  const ticked = boxes.filter((box) => box.checked).map((box) => box.value);
  return ticked.length === boxes.length ? null : ticked;
}

$("add").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = {
    id: $("add-id").value, name: $("add-name").value, role: $("add-role").value,
    operator: $("add-operator").value || null, lines: lines($("add")),
  };
  const made = await attempt("problem", () => api("POST", "/people", body));
  if (made) tell(`${words("パスワード")}: ${made.person.id}`, made.password);
});

document.addEventListener("click", async (event) => {
  const open = event.target.closest("button[data-open]");
  if (open) return choose(people.get(open.dataset.open));
  const revoke = event.target.closest("button[data-revoke]");
  if (revoke && (await attempt("problem", () => api("POST", `/kiosks/${revoke.dataset.revoke}/revoke`, {})))) location.reload();
  const act = event.target.closest("button[data-act]");
  if (!act || !chosen) return;
  const body = $("one-reason").value ? { reason: $("one-reason").value } : {};
  const path = `/people/${encodeURIComponent(chosen.id)}/${act.dataset.act}`;
  const done = await attempt("one-problem", () => api("POST", path, body));
  if (!done) return;
  if (act.dataset.act === "password") tell(`${words("パスワード")}: ${chosen.id}`, done.password);
  else location.reload();
});

function choose(one) {
  chosen = one;
  $("one-title").textContent = `${one.id} ${one.name}`;
  $("one-problem").hidden = true;
  $("one-name").value = one.name;
  $("one-role").value = one.role;
  $("one-operator").value = one.operator ?? "";
  $("one-reason").value = "";
  for (const id of ["one-name", "one-role", "one-operator"]) $(id).disabled = one.in_settings;
  for (const box of $("change").querySelectorAll("input[name=line]")) box.checked = one.lines === null || one.lines.includes(box.value);
  const shown = {
    "totp-reset": one.totp, unlock: one.failed > 0, "end-sessions": one.sessions > 0, disable: !one.disabled, enable: one.disabled,
  };
  for (const [act, is] of Object.entries(shown)) $("one").querySelector(`[data-act="${act}"]`).hidden = !is;
  $("one").showModal();
}

$("change").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { lines: lines($("change")) };
  if (!chosen.in_settings) {
    Object.assign(body, { name: $("one-name").value, role: $("one-role").value, operator: $("one-operator").value || null });
  }
  if ($("one-reason").value) body.reason = $("one-reason").value;
  if (await attempt("one-problem", () => api("PATCH", `/people/${encodeURIComponent(chosen.id)}`, body))) location.reload();
});

$("kiosk").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { label: $("kiosk-label").value, days: Number($("kiosk-days").value) };
  const made = await attempt("problem", () => api("POST", "/kiosks", body));
  if (made) tell(`${words("掲示リンク")}: ${made.kiosk.label}`, `${location.origin}${made.path}`);
});
