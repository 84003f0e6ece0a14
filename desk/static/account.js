// One's own account: password, second step, sessions. After each change the page is drawn anew by the server.
import { $, Problem, api, facts, words } from "./common.js";

const PROBLEMS = facts("problems");

function say(id, text) {
  for (const one of ["problem", "done"]) $(one).hidden = one !== id;
  $(id).textContent = text;
  $(id).scrollIntoView({ block: "nearest" });
}

/** Do it; a refusal is said in the page's words. False: it was refused. */
async function attempt(work) {
  try {
    await work();
    return true;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    say("problem", problem.code in PROBLEMS ? words(PROBLEMS[problem.code]) : problem.message);
    return false;
  }
}

/** Draw the page anew, and say there what was done. */
function renew(text) {
  sessionStorage.setItem("account-done", text);
  location.assign("/account");
}

const told = sessionStorage.getItem("account-done");
if (told) {
  sessionStorage.removeItem("account-done");
  say("done", words(told));
}

$("password")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  if ($("new").value !== $("again").value) return say("problem", words("二度入れたパスワードが違います。"));
  const body = { old: $("old").value, new: $("new").value };
  if (await attempt(() => api("POST", "/account/password", body))) renew("変えました。");
});

$("show")?.addEventListener("change", () => {
  for (const id of ["old", "new", "again"]) $(id).type = $("show").checked ? "text" : "password";
});

$("totp")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { password: $("confirm").value };
  if (event.submitter?.name === "remove") {
    if (await attempt(() => api("POST", "/account/totp/remove", body))) renew("やめました。");
    return;
  }
  await attempt(async () => {
    const offer = await api("POST", "/account/totp", body);
    $("qr").src = `data:image/svg+xml,${encodeURIComponent(offer.qr)}`;
    $("secret").textContent = offer.secret.replace(/(.{4})/g, "$1 ").trim();
    $("offer").hidden = false;
    $("totp").hidden = true;
    $("problem").hidden = true;
    $("digits").focus();
  });
});

$("code")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (await attempt(() => api("POST", "/account/totp/confirm", { code: $("digits").value }))) renew("登録しました。");
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-end]");
  if (!button) return;
  if (await attempt(() => api("POST", `/account/sessions/${encodeURIComponent(button.dataset.end)}/end`))) location.reload();
});

$("end-others")?.addEventListener("click", async () => {
  if (await attempt(() => api("POST", "/account/sessions/end-others"))) location.reload();
});
