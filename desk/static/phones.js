// 席と電話: one phone's set-up sheet. The code's picture comes from our own server as SVG and is drawn as an image.
import { $, Problem, api, words } from "./common.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-seat]");
  if (!button) return;
  try {
    const told = await api("POST", `/phones/${button.dataset.seat}/setup`);
    $("setup-title").textContent = told.seat ? `${words("席")} ${told.seat}` : words("業務責任者");
    const image = document.createElement("img");
    image.alt = "QR";
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(told.qr.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"'))}`;
    $("qr").replaceChildren(image);
    $("password").textContent = told.password;
    $("address").textContent = told.address;
    $("setup").showModal();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    $("problem").textContent = problem.message;
    $("problem").hidden = false;
  }
});
$("setup").addEventListener("close", () => { // nothing of it stays on the page
  $("qr").replaceChildren();
  $("password").textContent = "";
  $("address").textContent = "";
});
