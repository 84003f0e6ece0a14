// ガイダンス: one player for the whole list.
import { $ } from "./common.js";

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-play]");
  if (!button) return;
  $("sound").src = button.dataset.play;
  $("playing").textContent = button.closest("tr").cells[1].firstChild.textContent;
  $("sound").play();
});
