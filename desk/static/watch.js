// The floor and the day, pushed (/api/v1/watch), for every page that shows them: one connection, its own clock for
// what is fresh, a new try after each loss. Knows nothing of any page.

const STALE_MS = 3500; // the server speaks at least every second
const FIRST_RETRY_MS = 400;
const LONGEST_RETRY_MS = 10000;

/**
 * Watch. Returns {stop(), now(), delay(), live()}.
 *
 * onLive(live, {seq, delay}) after each change and again when what was lost is back;
 * onBeat({delay}) about once a second while nothing changes: all that is shown still holds;
 * onLost({since}) once when what is shown is not known to hold any more; `since`: the server's clock (ms) at its last word, null: there was none;
 * onEnded() when the session has ended (by default: to the log-in and back here).
 * `delay`: ms from the change on the floor to this page.
 */
export function watch({
  onLive, onLost = () => {}, onBeat = () => {}, onEnded = toLogin, path = "/api/v1/watch", check = "/api/v1/live",
}) {
  let socket = null;
  let live = null;
  let heardAt = -Infinity; // performance.now() of the last word; Date.now() beside it, for a laptop that slept
  let heardOn = 0;
  let nowMs = 0; // the server's clock then
  // Least of (our clock − the server's) in this minute and the one before: an undelayed message. Not for ever: clocks step.
  let quickest = [Infinity, Infinity];
  let minute = 0;
  let delay = 0;
  let lost = false;
  let retryMs = FIRST_RETRY_MS;
  let retry = null;
  let stopped = false;
  let connectedAt = 0;

  const age = () => Math.max(performance.now() - heardAt, Date.now() - heardOn);

  function heard(now, madeLate) {
    heardAt = performance.now();
    heardOn = Date.now();
    nowMs = Date.parse(now);
    const apart = heardAt - nowMs;
    if (heardAt - minute > 60000) { quickest = [Infinity, quickest[0]]; minute = heardAt; }
    quickest[0] = Math.min(quickest[0], apart);
    delay = Math.max(0, Math.round(apart - Math.min(...quickest))) + madeLate;
  }

  function take(message) {
    const said = JSON.parse(message);
    if (said.kind === "live") {
      live = said.live;
      heard(live.now, Math.max(live.lag_ms, said.late_ms));
      lost = false;
      onLive(live, { seq: said.seq, delay });
    } else if (said.kind === "beat" && live) {
      heard(said.now, said.lag_ms);
      live = { ...live, lag_ms: said.lag_ms };
      const back = lost;
      lost = false;
      if (back) onLive(live, { seq: said.seq, delay });
      else onBeat({ delay });
    }
  }

  function lose() {
    if (lost) return;
    lost = true;
    onLost({ since: live ? nowMs : null });
  }

  function connect() {
    if (stopped) return;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const mine = new WebSocket(`${scheme}//${location.host}${path}`);
    let opened = false;
    socket = mine;
    connectedAt = performance.now();
    quickest = [Infinity, Infinity];
    mine.addEventListener("open", () => { opened = true; });
    mine.addEventListener("message", ({ data }) => {
      if (socket !== mine) return;
      retryMs = FIRST_RETRY_MS;
      take(data);
    });
    mine.addEventListener("close", async () => {
      if (stopped || socket !== mine) return;
      socket = null;
      lose();
      // A browser does not say why a WebSocket was refused: a request does.
      if (!opened && await ended(check)) { stopped = true; clearInterval(looking); onEnded(); return; }
      again();
    });
  }

  function again() {
    if (stopped || retry !== null) return;
    retry = setTimeout(() => { retry = null; connect(); }, retryMs * (0.75 + Math.random() / 2));
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
  }

  function leave() { // a connection that says nothing any more is given up: its end may take minutes to show
    const old = socket;
    if (old === null) return;
    socket = null;
    old.close();
    again();
  }

  const openedAt = performance.now();
  const looking = setInterval(() => {
    const silent = Math.min(age(), performance.now() - openedAt);
    if (silent > STALE_MS) lose();
    if (Math.min(silent, performance.now() - connectedAt) > 2 * STALE_MS) leave();
  }, 500);
  addEventListener("online", () => { if (!socket) { clearTimeout(retry); retry = null; retryMs = FIRST_RETRY_MS; connect(); } });
  connect();
  return {
    stop() { stopped = true; clearInterval(looking); clearTimeout(retry); socket?.close(); },
    /** The server's clock now (ms), going on by ours. */
    now: () => nowMs + (performance.now() - heardAt),
    delay: () => delay,
    live: () => live,
    lost: () => lost || live === null,
  };
}

async function ended(check) {
  try {
    const answer = await fetch(check, { cache: "no-store", signal: AbortSignal.timeout(4000) });
    return answer.status === 401 || answer.status === 403;
  } catch {
    return false;
  }
}

function toLogin() {
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}
