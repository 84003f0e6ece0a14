// The announcements page: what is typed goes to /api/v1/announcements, is spoken there, listened to here, and published.
"use strict";

(() => {
  const API = "/api/v1/announcements";
  const words = JSON.parse(document.getElementById("words").textContent);
  // A text in the page's language, by its Japanese; {name} is filled in.
  const t = (text, values = {}) => (words[text] ?? text).replace(/{(\w+)}/g, (_, name) => values[name]);
  const REFRESH_MS = 5000;
  const OVER = new Set(["expired", "withdrawn", "failed"]);
  const $ = (id) => document.getElementById(id);
  const camel = (name) => name.replace(/[-_](.)/g, (_, c) => c.toUpperCase());
  const word = (kind, name) => document.body.dataset[camel(`${kind}-${name}`)];
  const places = new Map([...document.querySelectorAll("[name=place]")].map((one) => [one.value, one.dataset.name]));
  const moment = new Intl.DateTimeFormat("ja-JP", {
    timeZone: "Asia/Tokyo", month: "numeric", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit",
  });
  const at = (text) => moment.format(new Date(text));
  // An end at midnight is said as people say it: 24:00 of the day before.
  const end = (text) => (text.slice(11, 19) === "00:00:00"
    ? at(new Date(Date.parse(text) - 1).toISOString()).replace("23:59", "24:00") : at(text));
  const span = (from, until) => {
    const [begin, close] = [at(from), end(until)];
    const day = (text) => text.split(" ")[0];
    return `${begin} ～ ${day(begin) === day(close) ? close.slice(day(close).length + 1) : close}`;
  };
  const who = (name) => (name === "supervisor" ? document.body.dataset.supervisor : name);

  let lines = {};
  let cards = new Map(); // by id: what is playing is not taken away by a refresh
  let lost = 0;

  class Problem extends Error {
    constructor(code, message) { super(message); this.code = code; }
  }

  async function ask(path, method = "GET", body) {
    const request = { method, cache: "no-store", headers: body ? { "Content-Type": "application/json" } : {} };
    if (body) request.body = JSON.stringify(body);
    const answer = await fetch(API + path, request);
    if (answer.status === 401) { location.assign("/login"); throw new Problem("unauthorised", ""); }
    const told = await answer.json();
    if (!answer.ok) throw new Problem(told.error, told.message);
    return told;
  }

  function say(error) {
    const known = error instanceof Problem && word("problem", error.code);
    const detail = error.code === "bad_argument" || !known ? `（${error.message}）` : "";
    return error instanceof Problem ? `${known || t("できませんでした。")}${detail}`
      : t("サーバーとの接続が切れています。もう一度お試しください。");
  }

  function problem(text) {
    $("problem").textContent = text;
    $("problem").hidden = !text;
  }

  function story(one) {
    const told = [t("{by}が{at}に作成", { by: who(one.author), at: at(one.made) })];
    if (one.published) told.push(t("{by}が{at}に公開", { by: who(one.published_by), at: at(one.published) }));
    if (one.withdrawn) told.push(t("{by}が{at}に取り下げ", { by: who(one.withdrawn_by), at: at(one.withdrawn) }));
    if (one.failure) told.push(word("problem", one.failure.error) || one.failure.message);
    if (!one.has_audio && OVER.has(one.state) && !one.failure) told.push(t("音声は保存期間を過ぎました"));
    return told.join("／");
  }

  function fill(card, one) {
    const put = (name, text) => {
      const part = card.querySelector(name);
      if (part.textContent !== text) part.textContent = text;
    };
    const alarm = one.place === "emergency" || one.place === "instead";
    card.className = `card ${one.state}${alarm ? " alarm" : ""}`;
    put(".pill", word("state", one.state) || one.state);
    const where = places.get(one.place) || one.place;
    put(".where", one.line && Object.keys(lines).length > 1 ? `${where}・${lines[one.line] || one.line}` : where);
    put(".when", span(one.from, one.until));
    put(".text", one.text);
    put(".kana", one.kana ? `${t("読み：")}${one.kana}${one.duration_s ? t("（{n}秒）", { n: Math.round(one.duration_s) }) : ""}` : "");
    put(".story", story(one));
    const audio = card.querySelector("audio");
    audio.parentElement.hidden = !one.has_audio;
    if (one.has_audio && !audio.getAttribute("src")) audio.src = `${API}/${one.id}/audio`;
    card.querySelector(".publish").hidden = one.state !== "draft";
    card.querySelector(".withdraw").hidden = OVER.has(one.state);
    card.querySelector(".withdraw").textContent = one.state === "draft" ? t("捨てる") : t("取り下げる");
  }

  function cardOf(one) {
    let card = cards.get(one.id);
    if (!card) {
      card = $("card").content.firstElementChild.cloneNode(true);
      card.dataset.id = one.id;
      const act = (name) => async () => {
        if (name === "publish" && one.place === "instead" && !confirm(t("公開すると、オペレーターにつながらなくなります。公開しますか。"))) return;
        for (const button of card.querySelectorAll("button")) button.disabled = true;
        problem("");
        try {
          await ask(`/${one.id}/${name}`, "POST", { author: $("author").value.trim() || undefined });
        } catch (error) {
          problem(say(error));
        }
        for (const button of card.querySelectorAll("button")) button.disabled = false;
        refresh();
      };
      card.querySelector(".publish").addEventListener("click", act("publish"));
      card.querySelector(".withdraw").addEventListener("click", act("withdraw"));
    }
    fill(card, one);
    return card;
  }

  // Moving an element would stop what it plays: only what is not in its place is moved.
  function arrange(list, wanted) {
    wanted.forEach((card, place) => {
      if (list.children[place] !== card) list.insertBefore(card, list.children[place] || null);
    });
    while (list.children.length > wanted.length) list.lastElementChild.remove();
  }

  function draw(told) {
    lines = told.lines;
    const drawn = new Map(told.announcements.map((one) => [one.id, [one, cardOf(one)]]));
    cards = new Map([...drawn].map(([id, [, card]]) => [id, card]));
    const pick = (over) => [...drawn.values()].filter(([one]) => OVER.has(one.state) === over).map(([, card]) => card);
    const current = pick(false);
    const past = pick(true);
    arrange($("current"), current);
    arrange($("past"), past);
    $("none").hidden = current.length > 0;
    $("past-count").textContent = String(past.length);
    $("clock").textContent = at(told.now);
    const select = $("line");
    if (select.options.length !== Object.keys(lines).length + 1) {
      select.replaceChildren(select.options[0], ...Object.entries(lines).map(([id, name]) => new Option(name, id)));
      $("line-field").hidden = Object.keys(lines).length < 2;
    }
  }

  async function refresh() {
    try {
      draw(await ask(""));
      lost = 0;
    } catch (error) {
      lost += 1;
      $("lost").textContent = error instanceof Problem ? say(error)
        : t("サーバーとの接続が切れています。表示は最新ではありません。再接続しています…");
    }
    $("lost").hidden = lost === 0 || (lost === 1 && cards.size > 0);
  }

  function count() {
    const length = [...$("text").value].length;
    $("count").textContent = String(length);
    const { longest, longestEnglish } = $("text").dataset;
    const most = $("language").value === "en" ? longestEnglish : longest;
    $("most").textContent = most;
    $("count").classList.toggle("over", length > Number(most));
  }

  $("language").addEventListener("change", count);
  $("text").addEventListener("input", () => { count(); problem(""); });
  $("new").addEventListener("submit", async (event) => {
    event.preventDefault();
    problem("");
    $("listen").disabled = true;
    $("working").textContent = t("音声を作っています…");
    try {
      const made = await ask("", "POST", {
        text: $("text").value,
        place: document.querySelector("[name=place]:checked").value,
        line: $("line").value || null,
        language: $("language").value,
        from: $("from").value || null,
        until: $("until").value || null,
        author: $("author").value.trim(),
        draft: true,
      });
      $("text").value = "";
      count();
      await refresh();
      const card = cards.get(made.id);
      if (card) {
        card.scrollIntoView({ block: "nearest" });
        card.querySelector("audio").play().catch(() => {}); // a browser may want a click first
        card.querySelector(".publish").focus();
      }
    } catch (error) {
      problem(say(error));
    } finally {
      $("listen").disabled = false;
      $("working").textContent = "";
    }
  });

  count();
  refresh();
  setInterval(refresh, REFRESH_MS);
})();
