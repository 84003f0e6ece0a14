// The day by half hour against what is usual on this weekday: a drawing (uPlot) and the same as a table.
import { $, api, el, words } from "./common.js";
import { put } from "./states.js";

const SLOT_MS = 30 * 60 * 1000;
const DAY_MS = 48 * SLOT_MS;
const JAPAN_MS = 9 * 3600 * 1000; // no summer time since 1951
const AGAIN_MS = 60 * 1000;
const COLUMNS = ["時刻", "着信", "ふだんの着信", "応答", "ふだんの応答", "放棄", "ふだんの放棄"];

const slotOf = (ms) => Math.floor((((ms + JAPAN_MS) % DAY_MS) + DAY_MS) % DAY_MS / SLOT_MS);
const dayOf = (ms) => Math.floor((ms + JAPAN_MS) / DAY_MS);

export function trend(place) {
  let usual = null;
  let usualOf = null; // the day that it is, or is being asked for, about
  let triedAt = -Infinity;
  let plot = null;
  let drawn = "";
  let last = null;
  const rows = new Map(); // slot -> cells of the table
  const colours = matchMedia("(prefers-color-scheme: dark)");

  async function ask(day) {
    if (usualOf === day || performance.now() - triedAt < AGAIN_MS) return;
    triedAt = performance.now();
    try {
      usual = await api("GET", place.dataset.usual, undefined, { stay: true });
      usualOf = day;
      put($("usual-days"), usual.days.length
        ? words("ふだん: 直近{weeks}週の同じ曜日 {days}日の中央値と幅").replace("{weeks}", usual.weeks).replace("{days}", usual.days.length)
        : words("ふだん: 同じ曜日の記録はまだありません"));
      drawn = "";
      if (last) draw(...last);
    } catch { /* the wallboard is worth more than this: without it until the next try */ }
  }

  function slots(live) {
    const busy = live.today.by_half_hour.map((row, n) => (row.received || usual?.by_half_hour[n].most ? n : -1)).filter((n) => n >= 0);
    return [Math.min(17, ...busy), Math.max(34, ...busy)]; // 8:30 to 17:30 at least
  }

  function draw(live, nowMs) {
    last = [live, nowMs];
    ask(dayOf(nowMs));
    const now = slotOf(nowMs);
    const key = JSON.stringify([now, live.today.by_half_hour.map((row) => [row.received, row.answered, row.abandoned])]);
    if (key === drawn) return;
    drawn = key;
    const [first, end] = slots(live);
    const range = Array.from({ length: end - first + 1 }, (_, n) => first + n);
    const today = live.today.by_half_hour;
    const sofar = (n, name) => (n <= now ? today[n][name] : null);
    const before = (n, name) => usual?.by_half_hour[n][name] ?? null;
    const data = [
      range,
      range.map((n) => before(n, "most")), range.map((n) => before(n, "least")), range.map((n) => before(n, "received")),
      range.map((n) => sofar(n, "received")), range.map((n) => sofar(n, "answered")), range.map((n) => sofar(n, "abandoned")),
    ];
    if (plot) plot.setData(data);
    else make(data);
    table(range, sofar, before);
    const received = today.reduce((sum, row) => sum + row.received, 0);
    const normal = usual?.days.length ? usual.by_half_hour.slice(0, now + 1).reduce((sum, row) => sum + row.received, 0) : null;
    put($("trend-words"), normal === null
      ? words("本日の着信 {n} 件").replace("{n}", received)
      : words("本日の着信 {n} 件、この時間帯までのふだん {usual} 件").replace("{n}", received).replace("{usual}", Math.round(normal)));
  }

  function table(range, sofar, before) {
    const body = $("trend-table").tBodies[0];
    for (const n of range) {
      if (!rows.has(n)) {
        const cells = COLUMNS.map((_, c) => el(c ? "td" : "th", c ? {} : { scope: "row" }));
        rows.set(n, cells);
        body.append(el("tr", {}, ...cells));
      }
      const values = [
        today(n), sofar(n, "received"), before(n, "received"), sofar(n, "answered"), before(n, "answered"),
        sofar(n, "abandoned"), before(n, "abandoned"),
      ];
      rows.get(n).forEach((cell, c) => put(cell, values[c] === null ? "–" : String(values[c])));
    }
  }

  const today = (n) => `${Math.floor(n / 2)}:${n % 2 ? "30" : "00"}`;

  function make(data) {
    if (!window.uPlot) return;
    const style = getComputedStyle(place);
    const colour = (name) => style.getPropertyValue(name).trim();
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const scale = parseFloat(style.getPropertyValue("--s")) || 1;
    const px = (size) => Math.max(11, size * rem * scale);
    const font = `${px(1.25)}px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: colour("--quiet"), font, ticks: { show: false }, grid: { stroke: colour("--rule"), width: 1 } };
    const line = (name, width, more = {}) => ({ stroke: colour(name), width, points: { show: false }, ...more });
    const { bars } = window.uPlot.paths;
    plot = new window.uPlot({
      width: place.clientWidth, height: place.clientHeight, legend: { show: false }, cursor: { show: false },
      padding: [px(0.6), px(1), 0, 0],
      scales: { x: { time: false, range: (_, low, high) => [low - 0.6, high + 0.6] }, y: { range: (_, __, high) => [0, Math.max(4, Math.ceil((high ?? 0) * 1.1))] } },
      axes: [
        { ...axis, size: px(2), values: (_, ns) => ns.map((n) => (Number.isInteger(n) && n % 2 === 0 ? `${n / 2}:00` : "")), incrs: [2, 4, 6] },
        { ...axis, size: px(3), incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
      ],
      bands: [{ series: [1, 2], fill: colour("--trend-band") }],
      series: [
        {}, line("--trend-band", 0), line("--trend-band", 0),
        line("--quiet", Math.max(1.5, px(0.12)), { dash: [8, 6] }),
        line("--trend-received", Math.max(2, px(0.18)), { points: { show: true, size: px(0.75), fill: colour("--trend-received") } }),
        line("--trend-answered", Math.max(2, px(0.14)), { points: { show: true, size: px(0.6), fill: colour("--card"), width: 2 } }),
        { stroke: colour("--alert"), fill: colour("--alert"), width: 0, points: { show: false }, paths: bars({ size: [0.3, 40] }) },
      ],
    }, data, place);
  }

  function again() { plot?.destroy(); plot = null; drawn = ""; if (last) draw(...last); }
  colours.addEventListener("change", again);
  new ResizeObserver(() => {
    if (plot && (plot.width !== place.clientWidth || plot.height !== place.clientHeight)) requestAnimationFrame(again);
  }).observe(place);
  if (!window.uPlot) document.querySelector("script[data-uplot]")?.addEventListener("load", again);
  return { draw, resize: () => requestAnimationFrame(again) };
}
