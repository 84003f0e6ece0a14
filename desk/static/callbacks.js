// 折り返し: cancelling one, after a question.
import { $, Problem, api, words } from "./common.js";

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-cancel]");
  if (!button) return;
  const row = button.closest("tr");
  const sure = $("sure");
  sure.returnValue = "";
  sure.showModal();
  sure.addEventListener("close", async () => {
    if (sure.returnValue !== "yes") { button.focus(); return; }
    try {
      await api("POST", `/callbacks/${encodeURIComponent(row.dataset.ticket)}/cancel`);
      row.classList.add("is-done");
      row.querySelector(".state").textContent = words("取り消しました");
      button.remove();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      $("problem").textContent = problem.message;
      $("problem").hidden = false;
    }
  }, { once: true });
});
