// 放棄呼への対応: a button of a row says what came of it; the row tells what the server has stored.
import { $, Problem, api, words } from "./common.js";

const TOLD = { reached: "連絡済み", not_reached: "不在", not_needed: "対応不要" };

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-result]");
  if (!button) return;
  const row = button.closest("tr");
  for (const one of row.querySelectorAll("button")) one.disabled = true;
  try {
    const now = await api("POST", `/abandoned/${encodeURIComponent(row.dataset.call)}`, { result: button.dataset.result });
    row.querySelector(".state").textContent = `${now.open ? "△" : "○"} ${words(TOLD[now.handled.result])} ${now.handled.at.slice(11, 16)}`;
    if (!now.open) {
      row.className = "is-done";
      row.querySelector(".act").replaceChildren();
      $("open-count").textContent = String(document.querySelectorAll("tr.is-open").length);
    }
    $("problem").hidden = true;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    $("problem").textContent = problem.message;
    $("problem").hidden = false;
  } finally {
    for (const one of row.querySelectorAll("button")) one.disabled = false;
  }
});
