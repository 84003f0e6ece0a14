// One call's page: a look at the number and 保全, both with a reason, both written down by the server.
import { $, Problem, api, words } from "./common.js";

const call = $("call").dataset.call;
const path = `/calls/${encodeURIComponent(call)}`;
const say = (text) => { $("said").textContent = text; };

async function act(run) {
  const why = $("why").value.trim();
  if (!why) { say(words("理由を入れてください。")); $("why").focus(); return; }
  try {
    await run(why);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    say(problem.code === "nothing_kept" ? words("この電話の番号は残っていません（非通知、または消去済み）。") : problem.message);
  }
}

$("look")?.addEventListener("submit", (event) => {
  event.preventDefault();
  act(async (why) => {
    const seen = await api("POST", `${path}/citizen`, { by: "-", why });
    const parts = [seen.number, seen.callback_number && `${words("折り返し先")} ${seen.callback_number}`];
    $("number").textContent = parts.filter(Boolean).join(" ／ ") || words("番号はありません。");
    say("");
  });
});
for (const [id, release, done] of [["hold", false, "保全しました。"], ["release", true, "保全をやめました。"]]) {
  $(id)?.addEventListener("click", () => act(async (reason) => {
    await api("POST", `${path}/hold`, { by: "-", reason, release });
    say(words(done));
  }));
}
