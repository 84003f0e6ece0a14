// What the pages' scripts share, as a module: requests, words, clocks. Knows nothing of any page.

/** The page's words by their Japanese, from <script type="application/json" id="words">. */
export const words = (() => {
  const element = document.getElementById("words");
  const known = element ? JSON.parse(element.textContent) : {};
  return (text) => known[text] ?? text;
})();

/** The page's facts, from <script type="application/json" id="ID">. */
export const facts = (id) => JSON.parse(document.getElementById(id).textContent);

/** Element by id. */
export const $ = (id) => document.getElementById(id);

/** What the API refused, or that it could not be reached (status 0). */
export class Problem extends Error {
  constructor(status, code, message, body) {
    super(message);
    this.status = status;
    this.code = code;
    this.body = body;
  }
}

/**
 * One request to the API. Throws Problem; a session that has ended does not throw a page away: the caller decides
 * (by default the person is sent to the log-in and comes back to this page).
 */
export async function api(method, path, body, { timeoutMs = 8000, stay = false } = {}) {
  let answer;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method, cache: "no-store", signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
    });
  } catch {
    throw new Problem(0, "unreachable", words("サーバーに届きません。"));
  }
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  if (answer.status === 401 && !stay) {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  throw new Problem(answer.status, said.error ?? "refused", said.message ?? String(answer.status), said);
}

/** 0:07, 12:34, 1:02:03. */
export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const minutes = `${Math.floor(s / 60) % 60}:${two(s % 60)}`;
  return s < 3600 ? minutes : `${Math.floor(s / 3600)}:${minutes.padStart(5, "0")}`;
}

const shown = (options) => new Intl.DateTimeFormat(
  document.documentElement.lang === "en" ? "en-GB" : "ja-JP", { timeZone: "Asia/Tokyo", ...options });

/** Formats of moments (Date or ISO text), always in Japan's time. */
export const time = (moment) => shown({ hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(new Date(moment));
export const day = (moment) => shown({ year: "numeric", month: "numeric", day: "numeric", weekday: "short" }).format(new Date(moment));
export const moment = (at) => shown({ month: "numeric", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit" }).format(new Date(at));

/** An element: el("p", {class: "quiet", hidden: true, onclick: f}, "text", other). Text only ever as text. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}
