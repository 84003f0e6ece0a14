// A sound when a figure turns red: off until somebody wants it, and to be silenced for half an hour.
import { $, clock, words } from "./common.js";

const KEY = "madoguchi.sound"; // "on": kept in this browser
const SILENT_MS = 30 * 60 * 1000;
const EVERY_MS = 60 * 1000; // while it stays red
const TONES = [[880, 0], [660, 0.22]];

export function alarmSound() {
  const [toggle, silence] = [$("sound"), $("silence")];
  let on = localStorage.getItem(KEY) === "on";
  let silentUntil = 0;
  let reds = 0;
  let playedAt = -Infinity;
  let context = null;

  function show() {
    toggle.setAttribute("aria-pressed", String(on));
    toggle.textContent = words(on ? "音: 入" : "音: 切");
    silence.hidden = !on;
    const left = silentUntil - performance.now();
    silence.setAttribute("aria-pressed", String(left > 0));
    const text = left > 0 ? words("消音中 あと {time}").replace("{time}", clock(left / 1000)) : words("30分 消音");
    if (silence.textContent !== text) silence.textContent = text;
  }

  function play() {
    context ??= new AudioContext();
    if (context.state === "suspended") context.resume();
    playedAt = performance.now();
    for (const [frequency, after] of TONES) {
      const tone = new OscillatorNode(context, { frequency });
      const volume = new GainNode(context, { gain: 0 });
      const at = context.currentTime + after;
      volume.gain.setValueAtTime(0, at);
      volume.gain.linearRampToValueAtTime(0.25, at + 0.02);
      volume.gain.linearRampToValueAtTime(0, at + 0.2);
      tone.connect(volume).connect(context.destination);
      tone.start(at);
      tone.stop(at + 0.21);
    }
  }

  toggle.addEventListener("click", () => {
    on = !on;
    silentUntil = 0;
    localStorage.setItem(KEY, on ? "on" : "off");
    if (on) play(); // so that one hears what it will be; a browser lets a page sound only after a click
    show();
  });
  silence.addEventListener("click", () => {
    silentUntil = silentUntil > performance.now() ? 0 : performance.now() + SILENT_MS;
    show();
  });
  show();
  return {
    /** The levels of all figures now. */
    levels(all) {
      const red = all.filter((level) => level === "red").length;
      const now = performance.now();
      const due = red > reds || (red > 0 && now - playedAt > EVERY_MS);
      reds = red;
      if (on && due && now >= silentUntil) play();
    },
    tick: () => { if (on && silentUntil) show(); },
  };
}
