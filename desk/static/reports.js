// The reports' page: a day's report or a ledger is opened at its own address; 締め is asked of the server.
import { $, Problem, api, words } from "./common.js";

$("day-form").addEventListener("submit", (event) => {
  event.preventDefault();
  window.open(`${$("day-form").dataset.base}${$("day").value}?format=${$("day-format").value}`, "_blank", "noopener");
});

$("ledger-form")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const query = new URLSearchParams({ format: "xlsx", by: "-", why: $("ledger-why").value });
  location.assign(`/api/v1/ledgers/${$("ledger").value}/${encodeURIComponent($("ledger-period").value)}?${query}`);
});

$("close-form")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = $("close-form").querySelector("button");
  button.disabled = true;
  $("said").textContent = words("締めています…");
  try {
    const month = $("close-form").dataset.month;
    await api("POST", `/reports/month/${month}/close`, { by: "-", reason: $("reason").value }, { timeoutMs: 60000 });
    $("said").textContent = words("締めました。");
    location.reload();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    $("said").textContent = problem.message;
    button.disabled = false;
  }
});
