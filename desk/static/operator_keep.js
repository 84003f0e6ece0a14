// What is typed is kept: at once in this browser (IndexedDB), a moment later on the server as a draft, and then
// no longer here. Survives a reload, a crash, a session that has ended, and a network that is away.
import { words } from "./common.js";
import { ask, facts, now, sentence } from "./operator_desk.js";

const SEND_AFTER_MS = 400;
const RETRY_MS = 2000;
const LONGEST_RETRY_MS = 10000;
const KEPT_MS = 3 * 24 * 3600 * 1000;

// --- this browser ---------------------------------------------------------------------------------------------

const opened = new Promise((resolve) => {
  let request;
  try {
    request = indexedDB.open("madoguchi-desk", 1);
  } catch {
    resolve(null);
    return;
  }
  request.onupgradeneeded = () => request.result.createObjectStore("drafts");
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => resolve(null);
});

async function store(mode, work) {
  const database = await opened;
  if (!database) return inSession(work);
  return new Promise((resolve, reject) => {
    const transaction = database.transaction("drafts", mode, { durability: "strict" });
    const request = work(transaction.objectStore("drafts"));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

// A browser that keeps no databases (private windows of some): the tab's own storage instead.
function inSession(work) {
  const prefix = "madoguchi-desk ";
  const request = work({
    put: (value, key) => { sessionStorage.setItem(prefix + key, JSON.stringify(value)); return {}; },
    delete: (key) => { sessionStorage.removeItem(prefix + key); return {}; },
    get: (key) => ({ result: JSON.parse(sessionStorage.getItem(prefix + key) ?? "null") ?? undefined }),
    getAll: () => ({
      result: Object.keys(sessionStorage).filter((key) => key.startsWith(prefix))
        .map((key) => JSON.parse(sessionStorage.getItem(key))),
    }),
  });
  return Promise.resolve(request?.result);
}

const keyOf = (subject, about) => `${facts.id}|${subject}|${about}`;

/** What this person has typed here and the server has not got; what is too old, of anybody, goes. */
export async function unsent() {
  const all = (await store("readonly", (drafts) => drafts.getAll())) ?? [];
  for (const one of all) {
    if (Date.now() - one.at > KEPT_MS) await store("readwrite", (drafts) => drafts.delete(one.key));
  }
  return all.filter((one) => one.who === facts.id && Date.now() - one.at <= KEPT_MS);
}

/** Send what an earlier page of this person could not; `isOpen(subject, about)`: that one is sent by its own Keeper. */
export async function sendUnsent(isOpen) {
  for (const row of await unsent().catch(() => [])) {
    if (isOpen(row.subject, row.about)) continue;
    const keeper = new Keeper(row.subject, row.about, { seen: row.seen });
    await keeper.load();
    await keeper.send();
    keeper.close();
  }
}

// --- a draft --------------------------------------------------------------------------------------------------

/**
 * Whether twelve digits with a right check digit (個人番号省令第5条) stand in a text. The server says what is refused;
 * this only sees to it that such a text is not kept here, where the server may not be reached for long.
 */
export function hasMyNumber(value) {
  if (Array.isArray(value)) return value.some(hasMyNumber);
  if (typeof value !== "string") return false;
  const digits = value.normalize("NFKC").replace(/(?<=\d)[\s\-‐-―−ー・.,/]+(?=\d)/gu, "");
  return [...digits.matchAll(/(?<!\d)\d{12}(?!\d)/g)].some(([number]) => {
    const sum = [...number.slice(0, 11)].reverse().reduce((total, digit, n) => total + Number(digit) * (n < 6 ? n + 2 : n - 4), 0);
    const rest = sum % 11;
    return Number(number[11]) === (rest <= 1 ? 0 : 11 - rest);
  });
}

const same = (one, other) => JSON.stringify(one ?? "") === JSON.stringify(other ?? "");
const isEmpty = (value) => value === undefined || value === null || value === "" || value === false
  || (Array.isArray(value) && value.length === 0);

/** Both windows' words: no value is lost, and texts that differ stand one under the other. */
export function both(mine, theirs) {
  const merged = { ...theirs };
  for (const [key, value] of Object.entries(mine)) {
    const other = theirs[key];
    if (isEmpty(value)) continue;
    if (isEmpty(other) || same(value, other) || typeof value !== "string" || typeof other !== "string"
      || value.includes(other)) merged[key] = value;
    else merged[key] = other.includes(value) ? other : `${other}\n${value}`;
  }
  return merged;
}

/**
 * A note, a new entry, or a correction, while it is typed. `subject`: the call's id, an entry's, or "none"; `about`:
 * note, booking, inquiry or an entry's id. `onState(text, kind)`: how it is kept; kind "" | "warn" | "bad".
 * `onMerged(values)`: another window's words have come in.
 */
export class Keeper {
  constructor(subject, about, { onState = () => {}, onMerged = () => {}, seen = null } = {}) {
    this.subject = subject;
    this.about = about;
    this.values = {};
    this.seen = seen;
    this.revision = 0;
    this.dirty = false;
    this.closed = false;
    this.loading = false;
    this.refused = false;
    this.onState = onState;
    this.onMerged = onMerged;
    this.retryMs = RETRY_MS;
    this.timer = null;
    this.sending = null;
    this.again = () => { if (this.dirty) this.soon(0); };
    addEventListener("online", this.again);
    addEventListener("desk:again", this.again);
  }

  /** Take up what the server and this browser have. Returns the values. */
  async load() {
    this.loading = true;
    const local = await store("readonly", (drafts) => drafts.get(keyOf(this.subject, this.about)))
      .catch(() => undefined);
    let known = local?.values ?? {};
    if (local) {
      this.revision = local.revision;
      this.seen = local.seen ?? this.seen;
    }
    try {
      const { drafts } = await ask("GET", `/drafts/${encodeURIComponent(this.subject)}?by=${encodeURIComponent(facts.id)}`);
      const kept = drafts.find((one) => one.about === this.about);
      if (kept) {
        known = local && local.revision !== kept.revision ? both(local.values, kept.values)
          : local ? local.values : kept.values;
        this.revision = kept.revision;
        this.seen = kept.seen ?? this.seen;
      } else {
        this.revision = 0;
      }
      if (kept || local) this.onState(words("書きかけの続きです。"), "");
    } catch (problem) {
      if (local || problem.status !== 404) this.onState(words("このブラウザーに残っている書きかけです。"), "warn");
    }
    // Typed while the older words were on their way: both stay.
    this.values = this.dirty ? both(this.values, known) : known;
    this.loading = false;
    this.dirty ||= Boolean(local);
    if (this.dirty) { this.here = this.keepHere(); this.soon(0); }
    return this.values;
  }

  /** Something was typed. */
  change(values) {
    if (same(values, this.values)) return;
    this.values = { ...values };
    this.dirty = true;
    this.refused = false;
    if (Object.values(values).some(hasMyNumber)) {
      this.onState(words("個人番号（マイナンバー）と思われる12桁の数字があります。番号法により記録できないため、数字を消してください。"), "bad");
      this.here = this.forgetHere();
    } else if (!this.loading) this.here = this.keepHere(); // else what is kept here is about to be read
    this.soon(SEND_AFTER_MS);
  }

  keepHere() {
    const { subject, about, values, revision, seen } = this;
    if (Object.values(values).some(hasMyNumber)) return this.forgetHere();
    const key = keyOf(subject, about);
    const row = { key, who: facts.id, subject, about, values, revision, seen, at: Date.now() };
    return store("readwrite", (drafts) => drafts.put(row, key)).catch(() => {
      this.onState(words("このブラウザーに残せません。閉じる前に保存してください。"), "bad");
    });
  }

  soon(ms) {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), ms);
  }

  /** Send what is not sent. One at a time. */
  async send() {
    if (this.sending) return this.sending;
    if (!this.dirty || this.refused || this.closed || this.loading) return undefined;
    clearTimeout(this.timer);
    this.sending = this.sendOnce().finally(() => {
      this.sending = null;
      if (this.dirty && !this.refused && !this.closed) this.soon(this.retrying ? this.retryMs : SEND_AFTER_MS);
    });
    return this.sending;
  }

  async sendOnce() {
    const sent = this.values;
    this.retrying = false;
    const body = { about: this.about, values: sent, revision: this.revision, ...(this.seen ? { seen: this.seen } : {}) };
    try {
      const answer = await ask("PUT", `/drafts/${encodeURIComponent(this.subject)}`, body);
      this.revision = answer.revision;
      this.retryMs = RETRY_MS;
      if (same(sent, this.values)) {
        this.dirty = false;
        await this.forgetHere();
        this.onState(`${words("保存済み")} ${clockOf(now())}`, "");
      } else await this.keepHere();
    } catch (problem) {
      await this.failed(problem);
    }
  }

  async failed(problem) {
    if (problem.status === 409) {
      const current = problem.body?.current ?? null;
      this.revision = current?.revision ?? 0;
      if (current) {
        this.values = both(this.values, current.values);
        this.onMerged(this.values);
        this.onState(words("別の窓で書いたものと合わせました。"), "warn");
      }
      await this.keepHere();
      this.retryMs = 0;
      this.retrying = true;
    } else if (problem.code === "my_number") {
      this.refused = true;
      await this.forgetHere(); // it may not be kept anywhere (番号法), here neither
      this.onState(problem.message.replace(/^values: /, ""), "bad");
    } else if (problem.status === 413 || problem.status === 400) {
      this.refused = true;
      this.onState(problem.status === 413 ? sentence(problem) : problem.message, "bad");
    } else {
      this.retrying = true;
      this.retryMs = Math.min(Math.max(this.retryMs * 1.5, RETRY_MS), LONGEST_RETRY_MS);
      this.onState(problem.status === 401 ? words("ログインが切れています。このブラウザーに残しています。")
        : problem.status === 404 ? words("この通話はまだ記録されていません。このブラウザーに残しています。") : words("サーバーに届きません。このブラウザーに残し、つながりしだい送ります。"), "warn");
    }
  }

  async forgetHere() {
    await store("readwrite", (drafts) => drafts.delete(keyOf(this.subject, this.about))).catch(() => {});
  }

  /** It has become an entry: nothing of it is kept any more. */
  async done() {
    this.close();
    this.dirty = false;
    await this.sending;
    await this.here;
    await this.forgetHere();
  }

  /** No longer typed here; what is unsent is sent on. */
  close() {
    if (this.dirty && !this.refused) this.send();
    this.closed = true;
    clearTimeout(this.timer);
    removeEventListener("online", this.again);
    removeEventListener("desk:again", this.again);
  }
}

function clockOf(ms) {
  return new Intl.DateTimeFormat("ja-JP", { timeZone: "Asia/Tokyo", hour: "2-digit", minute: "2-digit", second: "2-digit" })
    .format(new Date(ms));
}
