// The live page: fetches /api/v1/live, again after every event of /api/v1/events, and every few seconds.
// What cannot be fetched is never shown as if it were new: the page says so and greys out.
"use strict";

(() => {
  const REFRESH_MS = 5000; // without any event: waiting times and rates move by themselves
  const GATHER_MS = 100; // events that come together cost one request
  const STALE_MS = 12000;
  const MARKS = {
    ready: "○", ringing: "♪", talking: "●", hold: "Ⅱ", wrap_up: "✎", break: "△", unreachable: "×", logged_out: "－",
  };
  const $ = (id) => document.getElementById(id);

  let shown = null; // the last answer of /live
  let shownAt = 0; // performance.now() when it came
  let fetching = false;
  let again = false;
  let due = null;
  let retryMs = 500;
  let listening = false;

  const clock = (seconds) => {
    const s = Math.max(0, Math.floor(seconds));
    const two = (n) => String(n).padStart(2, "0");
    const minutes = `${Math.floor(s / 60) % 60}:${two(s % 60)}`;
    return s < 3600 ? minutes : `${Math.floor(s / 3600)}:${minutes.padStart(5, "0")}`;
  };
  const formats = {
    count: (v) => v.toLocaleString("ja-JP"),
    rate: (v) => `${(v * 100).toFixed(2)}%`, // /live has four digits: shown as they are, not rounded twice
    time: (v) => (v < 60 ? `${Math.round(v)}秒` : `${Math.floor(Math.round(v) / 60)}分${Math.round(v) % 60}秒`),
  };
  const moment = new Intl.DateTimeFormat("ja-JP", {
    timeZone: "Asia/Tokyo", month: "numeric", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit",
  });
  const hands = new Intl.DateTimeFormat("ja-JP", {
    timeZone: "Asia/Tokyo", hour: "2-digit", minute: "2-digit", second: "2-digit",
  });

  function draw() {
    const { line, waiting, seats } = shown;
    const pill = $("line-state");
    pill.textContent = pill.dataset[line.state] || line.state;
    pill.className = `pill ${line.state}`;
    $("line-reason").textContent = line.reason.replace(/^(受付中|時間外): /, "");
    const turns = line.state === "open" ? "受付終了" : "次の変わり目";
    $("line-next").textContent = line.next_change ? `${turns}：${moment.format(new Date(line.next_change))}` : "";

    $("waiting-count").textContent = String(waiting.filter((caller) => !caller.callback).length);
    $("nobody").hidden = waiting.length > 0;
    $("waiting").replaceChildren(...waiting.slice(0, 12).map((caller) => {
      const row = document.createElement("li");
      for (const [name, text] of [["place", `${caller.position} 番目`], ["for", ""], ["rings", caller.rings ? "呼出中" : caller.callback ? "折返し" : ""]]) {
        const part = row.appendChild(document.createElement("span"));
        part.className = name;
        part.textContent = text;
      }
      row.dataset.wait = caller.wait_s;
      return row;
    }));

    const list = $("seats");
    const word = (state) => list.dataset[state.replace(/_(.)/g, (_, c) => c.toUpperCase())] || state;
    list.replaceChildren(...seats.map((seat) => {
      const card = $("seat-card").content.firstElementChild.cloneNode(true);
      const put = (name, text) => { card.querySelector(name).textContent = text; };
      card.classList.add(seat.state.replace("_", "-"));
      put(".number", `席 ${seat.seat}（内線 ${seat.extension}）`);
      put(".mark", MARKS[seat.state] || "");
      put(".state b", word(seat.state));
      put(".who", seat.operator_name || seat.operator || "");
      put(".note", note(seat));
      if (seat.state !== "logged_out") card.dataset.since = seat.state_s;
      return card;
    }));
    const counts = new Map();
    for (const seat of seats) counts.set(seat.state, (counts.get(seat.state) || 0) + 1);
    $("seat-counts").textContent = [...counts].map(([state, n]) => `${word(state)} ${n}`).join("・");

    for (const cell of document.querySelectorAll("[data-figure]")) {
      const value = cell.dataset.figure.split(".").reduce((at, key) => (at == null ? at : at[key]), shown);
      cell.textContent = value == null ? "–" : formats[cell.dataset.kind](value);
    }
    $("age").textContent = `${hands.format(new Date(Date.parse(shown.now)))} 現在`;
    $("lag").textContent = `遅れ ${shown.lag_ms} ミリ秒`;
    times(0);
    tick();
  }

  function note(seat) {
    if (seat.reason === "own_call") return "内線・発信中";
    if (seat.reason === "callback") return "折返し呼出中";
    if (seat.reason) return { no_answer: "応答なしのため", busy: "話中のため", declined: "拒否のため",
      unreachable: "電話に届かないため" }[seat.reason] || seat.reason;
    return seat.phone !== "registered" && seat.state !== "logged_out" ? "電話が登録されていません" : "";
  }

  // Waiting times and clocks go on between two answers; over lost figures they stand still.
  function tick() {
    if (!shown || isLost()) return;
    const age = (performance.now() - shownAt) / 1000;
    $("clock").textContent = hands.format(new Date(Date.parse(shown.now) + age * 1000));
    times(age);
  }

  function times(age) {
    for (const row of document.querySelectorAll("#waiting li")) {
      const wait = Number(row.dataset.wait) + age;
      row.querySelector(".for").textContent = clock(wait);
    }
    const longest = shown.longest_wait_s;
    $("waiting-longest").textContent = longest === null ? "–" : clock(longest + age);
    for (const card of document.querySelectorAll("#seats [data-since]")) {
      card.querySelector(".time").textContent = clock(Number(card.dataset.since) + age);
    }
  }

  const isLost = () => !shown || !listening || performance.now() - shownAt > STALE_MS || !shown.connected;

  function judge() {
    const lost = isLost();
    const bar = $("lost");
    document.body.classList.toggle("is-lost", lost && document.body.dataset.began === "yes");
    if (!lost || document.body.dataset.began !== "yes") { bar.hidden = true; return; }
    const at = shown ? hands.format(new Date(Date.parse(shown.now))) : "";
    const text = shown && listening && !shown.connected && performance.now() - shownAt <= STALE_MS
      ? "電話交換機とつながっていません。席と待ち行列の表示は最新ではありません。"
      : `サーバーとの接続が切れています。${at ? `表示は ${at} 現在のものです。` : ""}再接続しています…`;
    if (bar.textContent !== text) bar.textContent = text;
    bar.hidden = false;
  }

  async function refresh() {
    if (fetching) { again = true; return; }
    fetching = true;
    try {
      const answer = await fetch("/api/v1/live", { cache: "no-store", signal: AbortSignal.timeout(4000) });
      if (answer.status === 401) { location.assign("/login"); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      shown = await answer.json();
      shownAt = performance.now();
      draw();
    } catch (error) {
      // Judged by its age: STALE_MS without an answer greys the page.
    } finally {
      fetching = false;
      judge();
      if (again) { again = false; soon(); }
    }
  }

  function soon() {
    if (due === null) due = setTimeout(() => { due = null; refresh(); }, GATHER_MS);
  }

  function listen() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/api/v1/events`);
    socket.addEventListener("open", () => { listening = true; retryMs = 500; began(); refresh(); });
    socket.addEventListener("message", soon);
    socket.addEventListener("close", () => {
      listening = false;
      began();
      judge();
      refresh(); // also finds out about a session that has ended
      setTimeout(listen, retryMs * (0.75 + Math.random() / 2));
      retryMs = Math.min(retryMs * 2, 10000);
    });
  }

  function began() { document.body.dataset.began = "yes"; }

  listen();
  setInterval(refresh, REFRESH_MS);
  setInterval(() => { tick(); judge(); }, 1000);
})();
