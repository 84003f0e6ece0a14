// The ledgers' forms: drawn from GET /forms, checked as typed with the server's sentences, kept while typed, saved
// once. A correction that somebody else was faster with shows both versions.
import { $, Problem, el, moment, words } from "./common.js";
import { ask, complain, facts, fill as filled, put, sentence, settled, tell } from "./operator_desk.js";
import { Keeper } from "./operator_keep.js";

const CHECK_AFTER_MS = 250;
const REQUEST = "_request"; // stands in the draft: the same entry posted again, even after a reload, is stored once

let forms = [];
let paths = []; // of the categories: {path, code, text}
let shown = null; // what the form shows: {subject, about, ledger, form, correction, keeper, values, touched}
let hooks = { category: () => {}, saved: () => {}, number: () => null };

/** Fetch forms and categories. `on`: category(path), saved(), number(): the present caller's number or null. */
export async function begin(on) {
  hooks = on;
  [{ forms }, { categories: paths }] = await Promise.all([ask("GET", "/forms"), ask("GET", "/categories")]);
  paths = flat(paths);
  $("tabs").replaceChildren(...forms.map((form, n) => el("button", {
    type: "button", role: "tab", id: `tab-${form.ledger}`, class: "tab", "aria-controls": "panel", "aria-selected": "false",
    "aria-keyshortcuts": `Alt+${n + 1}`, onclick: () => shown && open(shown.correction ? hooks.subject() : shown.subject, form.ledger),
  }, form.title, " ", el("kbd", {}, `Alt+${n + 1}`))));
  $("tabs").addEventListener("keydown", (event) => {
    const tabs = [...$("tabs").children];
    const at = tabs.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    tabs.at(to % tabs.length).focus();
    tabs.at(to % tabs.length).click();
  });
  $("entry").addEventListener("submit", (event) => { event.preventDefault(); save(); });
  return forms;
}

/** The title of a ledger. */
export const titleOf = (ledger) => forms.find((form) => form.ledger === ledger)?.title ?? ledger;

/** Open the form of a ledger for a call ("none": without one). What was typed for another stays in its draft. */
export async function open(subject, ledger, told = "") {
  if (shown && shown.subject === subject && shown.about === ledger) { put("entry-of", told); return; }
  const form = forms.find((one) => one.ledger === ledger) ?? forms[0];
  await take({ subject, about: form.ledger, ledger: form.ledger, form, correction: null }, told);
}

/** Open an entry to correct it. */
export async function correct(id) {
  const entry = await ask("GET", `/entries/${id}?why=${encodeURIComponent("訂正のため")}`);
  let form = forms.find((one) => one.ledger === entry.ledger);
  if (entry.form !== form.version) form = { ...form };
  await take({ subject: entry.call ?? entry.id, about: entry.id, ledger: entry.ledger, form, correction: entry }, "");
}

/** Whether the form shows this draft. */
export const isOpen = (subject, about) => shown?.subject === subject && shown.about === about;

/** Put a text where what was asked, or the remarks, stand. */
export function write(text) {
  const field = shown?.form.fields.find((one) => one.kind === "long");
  if (!field || !text) return;
  const area = $(`f-${field.key}`);
  area.value = area.value ? `${area.value}\n${text}` : text;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

/** The first field. */
export function focus() {
  $("entry").querySelector("input, select, textarea")?.focus();
}

/** A key with Alt. Returns whether it was one of ours. */
export function key(code) {
  const n = { Digit1: 0, Digit2: 1, Numpad1: 0, Numpad2: 1 }[code];
  if (n === undefined || !forms[n]) return false;
  $(`tab-${forms[n].ledger}`).click();
  focus(); // at once: who types on at once types into the form
  return true;
}

async function take(next, told) {
  shown?.keeper.close();
  const mine = { ...next, values: {}, touched: new Set(), checking: null, checks: 0, request: null };
  shown = mine;
  mine.keeper = new Keeper(next.subject, next.about, {
    seen: next.correction?.revision ?? null,
    onState: (text, kind) => { if (shown === mine) { put("entry-kept", text); $("entry-kept").className = `kept ${kind}`; } },
    onMerged: (values) => { if (shown === mine) fill(values); },
  });
  for (const form of forms) {
    const on = !next.correction && form.ledger === next.ledger;
    const tab = $(`tab-${form.ledger}`);
    tab.setAttribute("aria-selected", on ? "true" : "false");
    tab.tabIndex = on || (next.correction && form === forms[0]) ? 0 : -1;
  }
  put("entry-title", next.correction ? correcting(next.form, next.correction) : next.form.title);
  put("entry-of", told);
  draw();
  if (next.correction) fill(next.correction.values);
  const kept = await mine.keeper.load();
  if (shown !== mine) return;
  mine.request = kept[REQUEST] ?? mine.request;
  if (Object.keys(kept).length) fill(next.correction ? { ...next.correction.values, ...kept } : kept);
}

const correcting = (form, { number, revision }) => filled(words("{title} {number} の訂正（第{n}版）"), { title: form.title, number, n: revision });

// --- drawing ------------------------------------------------------------------------------------------------

function draw() {
  const { form, correction } = shown;
  const fields = form.fields.map((field) => {
    const wide = field.kind === "choice" && field.choices.join("").length > 12;
    const help = [`e-${field.key}`];
    return el("div", { class: `field ${field.kind}${wide ? " wide" : ""}`, "data-key": field.key }, ...control(field, help),
      el("p", { id: `e-${field.key}`, class: "wrong", role: "alert" }));
  });
  $("entry").replaceChildren(
    ...fields,
    ...(correction ? [el("div", { class: "field wide" }, el("label", { for: "why" }, words("訂正の理由"), " ", el("span", { class: "must" }, words("必須"))),
      el("input", { id: "why", maxlength: "500", required: true }))] : []),
    el("p", { class: "do wide" },
      el("button", { type: "submit", id: "save", "aria-keyshortcuts": "Control+Enter" }, words("保存する"), " ", el("kbd", {}, "Ctrl+Enter")),
      el("span", { id: "entry-kept", class: "kept" }),
      el("button", { type: "button", class: "small", id: "drop", onclick: drop }, correction ? words("訂正をやめる") : words("消す"))),
  );
}

function control(field, help) {
  const id = `f-${field.key}`;
  const must = field.required ? el("span", { class: "must" }, words("必須")) : null;
  const common = { id, "aria-describedby": help.join(" "), "aria-required": field.required ? "true" : undefined };
  const typed = () => changed(field);
  const named = (...more) => el("label", { for: id }, field.label, " ", must, ...more);
  switch (field.kind) {
    case "long":
      return [named(), el("textarea", { ...common, rows: "2", oninput: typed, onblur: () => checkNow(field) })];
    case "choice":
      return [el("fieldset", { ...common, role: "radiogroup" }, el("legend", {}, field.label, " ", must), ...field.choices.map((choice, n) => el(
        "label", { class: "choice" }, el("input", { type: "radio", name: id, value: choice, id: n ? undefined : `${id}-0`, onchange: typed }), el("span", {}, choice),
      )), ...(field.required ? [] : [el("label", { class: "choice" }, el("input", { type: "radio", name: id, value: "", onchange: typed }), el("span", { class: "quiet" }, "—"))]))];
    case "flag":
      return [el("label", { class: "choice flag" }, el("input", { ...common, type: "checkbox", onchange: typed }), el("span", {}, field.label))];
    case "category":
      return [named(el("span", { class: "quiet" }, words("番号か言葉の一部"))), ...combo(field, common)];
    case "phone":
      return [named(), el("span", { class: "with" }, el("input", { ...common, type: "tel", inputmode: "tel", autocomplete: "off", oninput: typed, onblur: () => checkNow(field) }),
        el("button", { type: "button", class: "small", onclick: () => fillNumber(id) }, words("発信者の番号")))];
    case "number":
      return [named(), el("input", { ...common, inputmode: "numeric", oninput: typed, onblur: () => checkNow(field) })];
    case "date":
      return [named(), el("input", { ...common, type: "date", min: "1868-01-01", max: "2199-12-31", oninput: typed, onblur: () => checkNow(field) })];
    case "datetime":
      return [named(), el("input", { ...common, type: "datetime-local", oninput: typed, onblur: () => checkNow(field) })];
    default:
      return [named(), el("input", { ...common, autocomplete: "off", oninput: typed, onblur: () => checkNow(field, field.kind === "kana") })];
  }
}

function fillNumber(id) {
  const number = hooks.number();
  if (!number) { complain(words("発信者の番号がありません。")); return; }
  $(id).value = number;
  $(id).dispatchEvent(new Event("input", { bubbles: true }));
}

// --- the category, by a few keys ------------------------------------------------------------------------------

function flat(tree, above = [], code = "") {
  return tree.flatMap((node, n) => {
    const path = [...above, node.name];
    const here = `${code}${code ? "-" : ""}${n + 1}`;
    return [{ path, code: here, text: path.join(" / ") }, ...flat(node.children ?? [], path, here)];
  });
}

function fitting(typed) {
  const text = typed.normalize("NFKC").trim();
  if (!text) return paths;
  if (/^[\d-]+$/.test(text)) {
    const digits = text.replaceAll("-", "");
    return paths.filter((one) => one.code.replaceAll("-", "").startsWith(digits));
  }
  const parts = text.toLowerCase().split(/[\s/]+/).filter(Boolean);
  return paths.filter((one) => parts.every((part) => one.text.toLowerCase().includes(part)));
}

function combo(field, common) {
  const listId = `l-${field.key}`;
  const list = el("ul", { id: listId, class: "options", role: "listbox", "aria-label": field.label, hidden: true });
  let found = [];
  let at = 0;
  const input = el("input", {
    ...common, role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": listId,
    oninput: () => { delete input.dataset.path; at = 0; openList(); changed(field); },
    onfocus: () => { if (!input.dataset.path) openList(); },
    onblur: () => {
      // Tab takes what is marked, as Enter does; a click on an option comes before.
      if (!list.hidden && input.value.trim() && found[at]) choose(found[at]);
      shut();
      checkNow(field);
    },
    onkeydown: (event) => {
      if (event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) openList();
        else { at = (at + (event.key === "ArrowDown" ? 1 : found.length - 1)) % Math.max(1, found.length); mark(); }
      } else if (event.key === "Enter" && !list.hidden && !event.ctrlKey) {
        event.preventDefault();
        if (found[at]) choose(found[at]);
        shut();
      } else if (event.key === "Escape" && !list.hidden) { event.stopPropagation(); shut(); }
    },
  });
  function openList() {
    found = fitting(input.value);
    list.replaceChildren(...found.map((one, n) => el("li", {
      role: "option", id: `${listId}-${n}`, "aria-selected": "false",
      onmousedown: (event) => { event.preventDefault(); choose(one); shut(); },
    }, el("kbd", {}, one.code), ` ${one.text}`)));
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", list.hidden ? "false" : "true");
    mark();
  }
  function mark() {
    [...list.children].forEach((option, n) => option.setAttribute("aria-selected", n === at ? "true" : "false"));
    const option = list.children[at];
    if (option) { input.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
    else input.removeAttribute("aria-activedescendant");
  }
  function choose(one) {
    input.value = one.text;
    input.dataset.path = JSON.stringify(one.path);
    changed(field);
    hooks.category(one.path);
  }
  function shut() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
  return [el("div", { class: "combo" }, input, list)];
}

// --- values ---------------------------------------------------------------------------------------------------

function read(field) {
  const element = $(`f-${field.key}`);
  switch (field.kind) {
    case "choice":
      return element.querySelector("input:checked")?.value ?? "";
    case "flag":
      return element.checked || null;
    case "category":
      return element.dataset.path ? JSON.parse(element.dataset.path) : element.value.trim();
    case "number": {
      const text = element.value.normalize("NFKC").trim();
      return /^-?\d+$/.test(text) ? Number(text) : text;
    }
    default:
      return element.value;
  }
}

function fill(values) {
  for (const field of shown.form.fields) {
    const value = values[field.key];
    const element = $(`f-${field.key}`);
    if (field.kind === "choice") {
      for (const radio of element.querySelectorAll("input")) radio.checked = radio.value === (value ?? "");
    } else if (field.kind === "flag") element.checked = value === true;
    else if (field.kind === "category") {
      const text = Array.isArray(value) ? value.join(" / ") : (value ?? "");
      if (element.value !== text) element.value = text;
      if (Array.isArray(value)) { element.dataset.path = JSON.stringify(value); hooks.category(value); }
      else delete element.dataset.path;
    } else {
      const text = field.kind === "phone" && typeof value === "string" && value.startsWith("+81") ? `0${value.slice(3)}` : String(value ?? "");
      if (element.value !== text) element.value = text; // the cursor stays where it is
    }
  }
  shown.values = all();
}

function all() {
  const values = {};
  for (const field of shown.form.fields) {
    const value = read(field);
    if (value !== "" && value !== null && !(typeof value === "string" && !value.trim())) values[field.key] = value;
  }
  return values;
}

function changed(field) {
  shown.touched.add(field.key);
  shown.values = all();
  shown.request ??= crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  shown.keeper.change({ ...shown.values, [REQUEST]: shown.request });
  settled();
  clearTimeout(shown.checking);
  shown.checking = setTimeout(() => check([...shown.touched]), CHECK_AFTER_MS);
}

function checkNow(field, spell = false) {
  if (!shown.touched.has(field.key)) return;
  clearTimeout(shown.checking);
  check([...shown.touched], spell ? field.key : null);
}

async function check(keys, spell = null) {
  const mine = shown;
  const values = Object.fromEntries(keys.filter((name) => name in mine.values).map((name) => [name, mine.values[name]]));
  if (!Object.keys(values).length) { for (const name of keys) mark(name, ""); return; }
  const asked = JSON.stringify(values);
  const turn = (mine.checks += 1);
  try {
    const answer = await ask("POST", "/entries/check", { ledger: mine.ledger, values });
    if (shown !== mine || mine.checks !== turn) return;
    const still = Object.fromEntries(keys.filter((name) => name in mine.values).map((name) => [name, mine.values[name]]));
    if (JSON.stringify(still) !== asked) return; // typed on meanwhile: the next answer counts
    for (const name of keys) mark(name, answer.problems[name] ?? "");
    if (spell && typeof answer.values[spell] === "string" && $(`f-${spell}`).value !== answer.values[spell]) {
      $(`f-${spell}`).value = answer.values[spell];
      mine.values = all();
      mine.keeper.change({ ...mine.values, [REQUEST]: mine.request });
    }
  } catch (problem) {
    if (shown === mine && problem.status === 413) put("entry-kept", sentence(problem));
  }
}

function mark(name, text) {
  const place = $(`e-${name}`);
  if (!place) return;
  put(place, text);
  const element = $(`f-${name}`);
  if (text) element.setAttribute("aria-invalid", "true");
  else element.removeAttribute("aria-invalid");
}

// --- saving ---------------------------------------------------------------------------------------------------

/** Save what the form shows. */
export async function save() {
  const mine = shown;
  if (!mine || mine.saving) return;
  const button = $("save");
  mine.saving = true;
  clearTimeout(mine.checking);
  mine.checks += 1; // what saving says of the fields counts, not an answer that was asked for before
  button.setAttribute("aria-disabled", "true");
  try {
    const values = all();
    if (mine.correction) {
      const why = $("why").value.trim();
      if (!why) { complain(words("訂正の理由を書いてください。")); $("why").focus(); return; }
      const entry = await ask("PUT", `/entries/${mine.correction.id}`, { revision: mine.correction.revision, values, why, by: facts.id });
      await finished(mine, filled(words("{title} {number} を訂正しました。"), { title: mine.form.title, number: entry.number }));
    } else {
      const request = (mine.request ??= crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`);
      const entry = await ask("POST", "/entries", {
        ledger: mine.ledger, values, by: facts.id, request, ...(mine.subject === "none" ? {} : { call: mine.subject }),
      });
      await finished(mine, filled(words("{title} {number} を保存しました。"), { title: mine.form.title, number: entry.number }));
    }
  } catch (problem) {
    if (shown === mine) failed(mine, problem);
  } finally {
    mine.saving = false;
    button.removeAttribute("aria-disabled");
  }
}

async function finished(mine, text) {
  await mine.keeper.done();
  tell(text);
  hooks.category([]);
  if (shown === mine) {
    shown = null;
    await open(mine.correction ? hooks.subject() : mine.subject, mine.ledger);
  }
  hooks.saved();
}

function failed(mine, problem) {
  if (!(problem instanceof Problem)) throw problem;
  if (problem.status === 409 && problem.code === "conflict") { conflict(mine, problem.body); return; }
  if (problem.code === "slot_full") { full(problem.body); return; }
  const found = /^values\.([a-z0-9_-]+): (.*)$/s.exec(problem.message)
    ?? (problem.code === "my_number" ? byLabel(problem.message) : null);
  if (found) {
    mark(found[1], found[2]);
    complain(found[2]);
    const element = $(`f-${found[1]}`);
    (element?.matches("fieldset") ? element.querySelector("input") : element)?.focus();
    return;
  }
  complain(problem.status === 0 || problem.status >= 500
    ? `${sentence(problem)} ${words("保存できていません。書いたものは残っています。もう一度保存しても、二重にはなりません。")}` : sentence(problem));
}

// 予約枠 is full: what is free is a click away.
function full({ message, free }) {
  const place = $(`e-${facts.slotField}`);
  complain(message);
  if (!place) return;
  mark(facts.slotField, message);
  place.append(...free.map(({ slot }) => el("button", {
    type: "button", class: "small", onclick: () => {
      $(`f-${facts.slotField}`).value = slot.slice(0, 16);
      $(`f-${facts.slotField}`).dispatchEvent(new Event("input", { bubbles: true }));
      mark(facts.slotField, "");
      $("save").focus();
    },
  }, moment(`${slot}:00+09:00`))));
  shown.touched.delete(facts.slotField); // in itself the time is right: a check would only take the sentence away
  place.querySelector("button")?.focus();
  shown.checks += 1;
}

function byLabel(message) {
  const field = shown.form.fields.find((one) => message.startsWith(`${one.label}: `));
  return field ? [message, field.key, message.slice(field.label.length + 2)] : null;
}

async function drop() {
  const mine = shown;
  await ask("DELETE", `/drafts/${encodeURIComponent(mine.subject)}?by=${encodeURIComponent(facts.id)}&about=${encodeURIComponent(mine.about)}`)
    .catch(() => {});
  await mine.keeper.done();
  shown = null;
  await open(mine.correction ? hooks.subject() : mine.subject, mine.ledger);
  focus();
}

// --- somebody else was first --------------------------------------------------------------------------------

function conflict(mine, { current, yours }) {
  if (!mine.correction) { // saved already with other words, its answer was lost: the rest is a correction of it
    mine.keeper.close();
    mine.about = current.id;
    mine.correction = current;
    mine.keeper = new Keeper(mine.subject, current.id, { seen: current.revision, onState: mine.keeper.onState, onMerged: mine.keeper.onMerged });
    draw();
    fill(yours);
  }
  const spoken = (value) => (value === undefined || value === null ? "—" : value === true ? "✓" : Array.isArray(value) ? value.join(" / ") : String(value));
  const base = mine.correction.values;
  const differing = mine.form.fields.filter((field) => JSON.stringify(current.values[field.key] ?? null) !== JSON.stringify(yours[field.key] ?? null));
  if (!differing.length) { // our own words: posted twice
    mine.correction = null;
    finished(mine, filled(words("{title} {number} は保存されています。"), { title: mine.form.title, number: current.number }));
    return;
  }
  $("conflict-rows").replaceChildren(...differing.map((field) => {
    // What we have not touched is as the other one wrote it, unless we say otherwise.
    const touched = JSON.stringify(base[field.key] ?? null) !== JSON.stringify(yours[field.key] ?? null);
    const pick = (side, value) => el("td", {}, el("label", { class: "choice" },
      el("input", { type: "radio", name: `c-${field.key}`, value: side, checked: (side === "yours") === touched }), el("span", {}, spoken(value))));
    return el("tr", {}, el("th", { scope: "row" }, field.label), pick("current", current.values[field.key]), pick("yours", yours[field.key]));
  }));
  const dialog = $("conflict");
  $("conflict-do").onclick = () => {
    const merged = { ...current.values };
    for (const field of differing) {
      const side = dialog.querySelector(`input[name="c-${field.key}"]:checked`)?.value;
      if (side === "yours") {
        if (yours[field.key] === undefined) delete merged[field.key];
        else merged[field.key] = yours[field.key];
      }
    }
    mine.correction = { ...mine.correction, ...current };
    mine.keeper.seen = current.revision;
    put("entry-title", correcting(mine.form, current));
    fill(merged);
    mine.keeper.change({ ...shown.values });
    dialog.close();
    tell(words("選んだ内容にしました。もう一度保存してください。"));
    $("save").focus();
  };
  $("conflict-not").onclick = () => dialog.close();
  dialog.showModal();
}
