// The calendar's page: a month, what happens at a moment, and 一回限りの変更 made, confirmed and withdrawn.
// All times are shown as the server writes them, in Japan's time, whatever the browser's zone is.
"use strict";

(() => {
  const API = "/api/v1/calendar";
  const words = JSON.parse(document.getElementById("words").textContent);
  // A text in the page's language, by its Japanese; {name} is filled in.
  const t = (text, values = {}) => (words[text] ?? text).replace(/{(\w+)}/g, (_, name) => values[name]);
  const REFRESH_MS = 20000; // what is planned begins by itself
  const OVER = new Set(["ended", "withdrawn", "lapsed"]);
  const DAYS = "日月火水木金土";
  const NAME = "madoguchi.name";
  const $ = (id) => document.getElementById(id);
  const camel = (name) => name.replace(/[-_](.)/g, (_, c) => c.toUpperCase());
  const word = (what, name) => document.body.dataset[camel(`${what}-${name}`)];
  const kinds = new Map([...document.querySelectorAll("[name=kind]")].map((one) => [one.value, one.dataset.name]));
  const make = (tag, name, text) => {
    const part = document.createElement(tag);
    if (name) part.className = name;
    if (text !== undefined) part.textContent = text;
    return part;
  };

  let shown = null; // the last month
  let month = null; // the one that is looked at; null: the present one
  let line = "main";
  let lines = {};
  let asked = null; // what the dialog is about
  let lost = 0;

  class Problem extends Error {
    constructor(code, message) { super(message); this.code = code; }
  }

  async function ask(path, body) {
    const request = { cache: "no-store", signal: AbortSignal.timeout(8000) };
    if (body) {
      Object.assign(request, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
    }
    const answer = await fetch(API + path, request);
    if (answer.status === 401) { location.assign("/login"); throw new Problem("unauthorised", ""); }
    const told = await answer.json();
    if (!answer.ok) throw new Problem(told.error, told.message);
    return told;
  }

  function explained(error) {
    if (!(error instanceof Problem)) return t("サーバーとの接続が切れています。もう一度お試しください。");
    const [field, told] = error.message.split(/: (.*)/s);
    if (error.code === "bad_argument" && word("field", field)) return `${t("{field}を確かめてください。", { field: word("field", field) })}（${told}）`;
    const other = /^(o\d+|line-\d+) /.exec(error.message);
    return `${word("problem", error.code) || `${t("できませんでした。")}（${error.message}）`}${other ? `（${t("番号")} ${other[1]}）` : ""}`;
  }

  function tell(id, text) {
    $(id).textContent = text;
    $(id).hidden = !text;
  }

  // --- times: "2026-11-24T08:30:00.000+09:00" is Japan's time already

  const weekday = (date) => DAYS[new Date(`${date}T00:00:00Z`).getUTCDay()];
  const weekdayName = (date) => (document.documentElement.lang === "en"
    ? ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][DAYS.indexOf(weekday(date))] : weekday(date));
  const dayName = (date) => {
    const [year, number, day] = date.split("-").map(Number);
    return t("{year}年{month}月{day}日（{weekday}）", { year, month: number, day, weekday: weekdayName(date) });
  };
  const clock = (text) => (text.slice(17, 19) === "00" ? text.slice(11, 16) : text.slice(11, 19));
  const moment = (text) => `${dayName(text.slice(0, 10))}${clock(text)}`;
  const nextDay = (date, by = 1) => {
    const then = new Date(`${date}T00:00:00Z`);
    then.setUTCDate(then.getUTCDate() + by);
    return then.toISOString().slice(0, 10);
  };

  function span(one) {
    const from = moment(one.from);
    if (one.until === null) return t("{from}から（取り消すまで）", { from });
    const sameDay = one.from.slice(0, 10) === one.until.slice(0, 10);
    const wholeDays = clock(one.from) === "00:00" && clock(one.until) === "00:00";
    if (wholeDays) {
      const [first, last] = [one.from.slice(0, 10), nextDay(one.until.slice(0, 10), -1)];
      return first === last ? `${dayName(first)} ${t("終日")}` : `${dayName(first)}〜${dayName(last)} ${t("終日")}`;
    }
    return `${from}〜${sameDay ? clock(one.until) : moment(one.until)}`;
  }

  // --- the month

  function look(day) {
    const names = [];
    if (day.open.length) names.push("is-open");
    else if (["holiday", "year_end"].includes(day.kind)) names.push("is-holiday");
    else if (["before_contract", "after_contract"].includes(day.kind)) names.push("is-outside");
    else names.push("is-closed");
    if (day.overrides.length) names.push("is-by-hand", ...(day.open.length ? [] : ["is-shut"]));
    return names.join(" ");
  }

  function cell(day) {
    const button = make("button", `day ${look(day)}`);
    button.type = "button";
    // Read out as it stands there, with the month before it.
    const number = make("span", "number");
    number.append(make("span", "sr", t("{n}月", { n: Number(day.date.slice(5, 7)) })), String(Number(day.date.slice(8))),
      make("span", "sr", t("日 {weekday}曜日", { weekday: weekdayName(day.date) })));
    if (day.date === shown.today) number.append(make("span", "today", t("今日")));
    const hours = make("span", "hours");
    if (day.open.length) hours.append(...day.open.map(([begins, ends]) => {
      const period = make("span", "", `${begins}–`);
      period.append(make("wbr"), ends);
      return period;
    }));
    else hours.textContent = t("休み");
    const why = make("span", "why");
    why.append(...day.reason.replace(/^(受付日|閉庁日): /, "").split(" / ").map((part) => make("span", "", part)));
    button.append(number, hours, why);
    button.addEventListener("click", () => choose(day));
    button.dataset.date = day.date;
    button.tabIndex = -1; // one stop for Tab, arrows go on from there
    const box = make("td");
    box.append(button);
    return box;
  }

  function draw() {
    const focused = document.activeElement?.closest?.("#days") ? document.activeElement.dataset.date : null;
    const stop = document.querySelector(".day[tabindex='0']")?.dataset.date;
    const [year, number] = shown.month.split("-").map(Number);
    $("month-title").textContent = t("{year}年{month}月", { year, month: number });
    $("open-days").textContent = t("受付日 {n}日", { n: shown.open_days });
    tell("warning", shown.warning || "");
    const rows = [];
    let row = make("tr");
    const blanks = DAYS.indexOf(weekday(shown.days[0].date));
    for (let n = 0; n < blanks; n += 1) row.append(make("td"));
    for (const day of shown.days) {
      row.append(cell(day));
      if (row.children.length === 7) { rows.push(row); row = make("tr"); }
    }
    if (row.children.length) {
      while (row.children.length < 7) row.append(make("td"));
      rows.push(row);
    }
    $("days").replaceChildren(...rows);
    const button = (date) => document.querySelector(`.day[data-date="${date}"]`);
    (button(stop) || button(shown.today) || document.querySelector(".day")).tabIndex = 0;
    if (focused) button(focused)?.focus();
    if (Object.keys(shown.lines).join() !== Object.keys(lines).join()) drawLines();
  }

  function drawLines() {
    lines = shown.lines;
    const options = () => Object.entries(lines).map(([id, name]) => {
      const option = make("option", "", name);
      option.value = id;
      return option;
    });
    $("line").replaceChildren(...options());
    $("line").value = line;
    $("make-line").replaceChildren($("make-line").firstElementChild, ...options());
    for (const id of ["line-field", "make-line-field"]) $(id).hidden = Object.keys(lines).length < 2;
  }

  function choose(day) {
    $("at-time").value = `${day.date}T${day.open.length ? day.open[0][0].slice(0, 5) : "08:30"}`;
    const isToday = day.date === shown.today;
    if (day.date >= shown.today) {
      $("from").value = isToday ? "" : `${day.date}T00:00`;
      $("until").value = `${nextDay(day.date)}T00:00`;
    }
    askAt();
  }

  function walk(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    const here = event.target.closest(".day");
    if (!step || !here) return;
    event.preventDefault();
    const all = [...document.querySelectorAll(".day")];
    const next = all[all.indexOf(here) + step];
    if (!next) return;
    here.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  function turn(by) {
    const [year, number] = shown.month.split("-").map(Number);
    const months = year * 12 + number - 1 + by;
    month = `${String(Math.floor(months / 12)).padStart(4, "0")}-${String((months % 12) + 1).padStart(2, "0")}`;
    refresh();
  }

  // --- a moment

  async function askAt() {
    const told = $("at-told");
    try {
      const query = new URLSearchParams({ time: $("at-time").value, line });
      const found = await ask(`/at?${query}`);
      const answer = make("p", "answer");
      answer.append(make("span", `pill ${found.state}`, word("line", found.state) || found.state), make("b", "", found.reason));
      const rest = [make("p", "quiet", moment(found.time)), answer];
      const next = found.next_change ? moment(found.next_change) : t("なし");
      rest.push(make("p", "", `${t("次に変わるとき：")}${next}`));
      rest.push(make("p", "", `${t("次の受付開始：")}${found.next_opening ? moment(found.next_opening) : t("なし")}`));
      if (found.warning) rest.push(make("p", "note", found.warning));
      told.replaceChildren(...rest);
    } catch (error) {
      told.replaceChildren(make("p", "alert", explained(error)));
    }
  }

  // --- what was said over the calendar

  function card(one) {
    const item = $("change-card").content.firstElementChild.cloneNode(true);
    const put = (name, text) => { item.querySelector(name).textContent = text; };
    item.classList.add(one.state.replace("_", "-"));
    put(".pill", word("state", one.state));
    put(".kind", kinds.get(one.kind));
    put(".when", span(one));
    const where = one.line === null ? t("すべての回線") : lines[one.line] || one.line;
    put(".where", `${Object.keys(lines).length > 1 ? `${where}・` : ""}${t("番号")} ${one.id}`);
    const hours = one.periods.map((pair) => pair.join("〜")).join("、");
    put(".why", `${one.reason}${hours ? `（${t("受付")} ${hours}）` : ""}`);
    const did = { made: "{by}が登録", confirmed: "{by}が確認", withdrawn: "{by}が取消" };
    item.querySelector(".story").replaceChildren(...one.history.map((step) => make("li", "",
      `${moment(step.at)} ${t(did[step.what], { by: step.by })}${step.reason ? `（${step.reason}）` : ""}`)));
    const confirm = item.querySelector(".confirm");
    confirm.hidden = one.state !== "pending";
    confirm.addEventListener("click", () => open("confirm", one));
    item.querySelector(".withdraw").addEventListener("click", () => open("withdraw", one));
    if (OVER.has(one.state)) item.querySelector(".do").remove();
    return item;
  }

  function drawChanges(list) {
    const now = list.overrides.filter((one) => !OVER.has(one.state));
    const past = list.overrides.filter((one) => OVER.has(one.state));
    const mark = JSON.stringify(list);
    if ($("current").dataset.mark === mark) return; // nothing is taken from under a hand
    $("current").dataset.mark = mark;
    $("current").replaceChildren(...now.map(card));
    $("past").replaceChildren(...past.slice(0, 200).map(card));
    $("none").hidden = now.length > 0;
    $("past-count").textContent = String(past.length);
    $("history").hidden = past.length === 0;
    for (const part of document.querySelectorAll(".second")) {
      // A person who is logged in cannot speak for a second one, who confirms at a log-in of his own.
      part.hidden = !list.second_person || (part.matches(".beside") && $("by").readOnly);
    }
  }

  function open(what, one) {
    asked = { what, one };
    const isConfirm = what === "confirm";
    $("ask-title").textContent = isConfirm ? t("変更を確認する") : t("変更を取り消す");
    $("ask-what").textContent = `${kinds.get(one.kind)} ${span(one)} ${one.reason}（${t("{by}が登録", { by: one.author })}）`;
    $("ask-do").textContent = isConfirm ? t("確認して有効にする") : t("取り消す");
    if (!$("ask-by").readOnly) $("ask-by").value = isConfirm && remembered() === one.author ? "" : remembered();
    $("ask-reason").value = "";
    $("ask-reason").required = !isConfirm;
    $("ask-reason-field").hidden = isConfirm;
    tell("ask-problem", "");
    $("ask").showModal();
    $("ask-by").focus();
  }

  async function act(event) {
    event.preventDefault();
    const body = { by: $("ask-by").value.trim() };
    if (asked.what === "withdraw") body.reason = $("ask-reason").value.trim();
    $("ask-do").disabled = true;
    try {
      await ask(`/overrides/${encodeURIComponent(asked.one.id)}/${asked.what}`, body);
      remember(body.by);
      $("ask").close();
      refresh();
    } catch (error) {
      tell("ask-problem", explained(error));
    } finally {
      $("ask-do").disabled = false;
    }
  }

  // --- making one

  const kind = () => document.querySelector("[name=kind]:checked").value;

  function fit() {
    $("periods").hidden = kind() !== "hours";
    $("until").required = kind() !== "closed";
    $("until-hint").textContent = kind() === "closed" ? t("空欄は取り消すまで") : "";
    for (const id of ["opens1", "closes1"]) $(id).required = kind() === "hours";
  }

  function periods() {
    return [1, 2].map((n) => [$(`opens${n}`).value, $(`closes${n}`).value]).filter(([begins, ends]) => begins || ends)
      .map(([begins, ends]) => [begins, ends === "00:00" ? "24:00" : ends]);
  }

  function mistake(body) {
    if (body.from && body.until && body.until <= body.from) return t("終了は、開始より後にしてください。");
    for (const [begins, ends] of body.periods || []) {
      if (!begins || !ends) return t("受付時間の開始と終了を、両方入れてください。");
      if (ends <= begins) return t("受付時間の終了は、開始より後にしてください。");
    }
    const [first, second] = [...(body.periods || [])].sort();
    return second && second[0] < first[1] ? t("受付時間が重なっています。") : "";
  }

  // 時間変更 opens every date of its span, a Saturday too: whoever did not mean that is asked back.
  async function closedDays(body) {
    const first = (body.from || shown.today).slice(0, 10);
    const end = body.until.slice(11, 16) === "00:00" ? body.until.slice(0, 10) : nextDay(body.until.slice(0, 10));
    const found = [];
    for (let ahead = first.slice(0, 7), n = 0; `${ahead}-01` < end && n < 13; n += 1) {
      const query = new URLSearchParams({ month: ahead, line: body.line || "main" });
      const { days } = await ask(`?${query}`);
      found.push(...days.filter((day) => day.date >= first && day.date < end && !day.open.length).map((day) => day.date));
      ahead = nextDay(days.at(-1).date).slice(0, 7);
    }
    return found;
  }

  async function isMeant(body) {
    if (body.kind !== "hours" || $("opens").checked) return true;
    const closed = await closedDays(body);
    if (!closed.length) return true;
    $("opens-days").textContent = `${closed.slice(0, 6).map(dayName).join("、")}${closed.length > 6 ? t(" ほか{n}日", { n: closed.length - 6 }) : ""}`;
    $("opens-field").hidden = false;
    tell("problem", t("期間に閉庁日があります。時間変更は、閉庁日も開けます。開けてよければ「閉庁日も開ける」に印を、そうでなければ期間を分けてください。"));
    return false;
  }

  async function submit(event) {
    event.preventDefault();
    const body = {
      kind: kind(), line: $("make-line").value || null, from: $("from").value || null, until: $("until").value || null,
      reason: $("reason").value.trim(), by: $("by").value.trim(), replace: $("replace").checked,
    };
    if (body.kind === "hours") body.periods = periods();
    const second = $("confirmed-by").value.trim();
    if (second) body.confirmed_by = second;
    tell("done", "");
    const wrong = mistake(body);
    tell("problem", wrong);
    if (wrong) return;
    const button = $("make").querySelector("[type=submit]");
    button.disabled = true;
    try {
      if (!await isMeant(body)) return;
      const told = await ask("/overrides", body);
      remember(body.by);
      for (const id of ["reason", "confirmed-by", "from", "until"]) $(id).value = "";
      for (const id of ["replace", "opens"]) {
        $(id).checked = false;
        $(`${id}-field`).hidden = true;
      }
      tell("done", told.state === "pending" ? t("登録しました。別の人の確認を待っています。") : t("登録しました。"));
      refresh();
    } catch (error) {
      if (error.code === "contradicts") $("replace-field").hidden = false;
      tell("problem", explained(error));
    } finally {
      button.disabled = false;
    }
  }

  function remembered() {
    try { return sessionStorage.getItem(NAME) || ""; } catch { return ""; }
  }

  function remember(name) {
    try { sessionStorage.setItem(NAME, name); } catch { /* a browser that keeps nothing: it is typed again */ }
    if (!$("by").readOnly) $("by").value = name;
  }

  // --- keeping up

  let turnNumber = 0;

  async function refresh() {
    const mine = turnNumber += 1;
    try {
      const query = new URLSearchParams({ line, ...(month ? { month } : {}) });
      const [found, list] = await Promise.all([ask(`?${query}`), ask("/overrides")]);
      if (mine !== turnNumber) return; // another month was asked for meanwhile
      shown = found;
      lost = 0;
      draw();
      drawChanges(list);
      if (!$("at-time").value) { $("at-time").value = `${shown.today}T08:30`; askAt(); }
    } catch (error) {
      if (error instanceof Problem && error.code === "no_such_line") { line = "main"; refresh(); return; }
      lost += 1;
    }
    tell("lost", lost > 1 || !shown ? t("サーバーとの接続が切れています。表示は最新ではありません。再接続しています…") : "");
  }

  let due = null;
  let retryMs = 500;

  function listen() {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/api/v1/events`);
    socket.addEventListener("open", () => { retryMs = 500; refresh(); });
    socket.addEventListener("message", (event) => {
      if (!/"(calendar\.\w+|line\.\w+|system\.reloaded)"/.test(event.data) || due !== null) return;
      due = setTimeout(() => { due = null; refresh(); }, 100);
    });
    socket.addEventListener("close", () => {
      setTimeout(listen, retryMs * (0.75 + Math.random() / 2));
      retryMs = Math.min(retryMs * 2, 10000);
    });
  }

  $("previous").addEventListener("click", () => shown && turn(-1));
  $("next").addEventListener("click", () => shown && turn(1));
  $("this-month").addEventListener("click", () => { month = null; refresh(); });
  $("line").addEventListener("change", () => { line = $("line").value; refresh(); if ($("at-time").value) askAt(); });
  $("days").addEventListener("keydown", walk);
  $("at").addEventListener("submit", (event) => { event.preventDefault(); askAt(); });
  $("make").addEventListener("submit", submit);
  $("make").addEventListener("change", fit);
  $("ask-form").addEventListener("submit", act);
  $("ask-not").addEventListener("click", () => $("ask").close());
  if (!$("by").readOnly) $("by").value = remembered();
  fit();
  refresh();
  listen();
  setInterval(refresh, REFRESH_MS);
})();
