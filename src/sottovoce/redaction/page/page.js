// The words follow the sound, and the sound follows the reader.
//
// Rules:
// 1. Text is only ever read from the page, never written as markup.
// 2. One listener serves all words: a page of two hours has tens of thousands.
"use strict";
(() => {
  const STEP_S = 5;
  const LINGER_S = 0.3; // A word stays lit this long in a pause after it.

  const byId = (id) => document.getElementById(id);
  const audio = byId("audio");
  const player = byId("player");
  const play = byId("play");
  const wave = byId("wave");
  const head = byId("head");
  const now = byId("now");
  const notice = byId("notice");
  const follow = byId("follow");
  const segments = byId("segments");
  const duration = Number(wave.dataset.duration);
  const length = wave.getAttribute("aria-valuetext").split(" of ")[1];

  let at = 0; // Where we are, in seconds; kept apart so that words can be walked without sound.
  let hasSound = false;
  let shownSecond = 0;
  let walker = null; // The one word that the Tab key reaches.

  // --- Sound -----------------------------------------------------------------------------------

  function openEmbedded() {
    const holder = byId("sound");
    const text = atob(holder.textContent);
    holder.remove();
    if (!text) return false;
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    open(new Blob([bytes], { type: "audio/ogg" }));
    return true;
  }

  function open(blob) {
    if (audio.src) URL.revokeObjectURL(audio.src);
    audio.src = URL.createObjectURL(blob);
    notice.textContent = "";
  }

  function askForFile(why) {
    hasSound = false;
    byId("chooser").hidden = false;
    play.disabled = true;
    notice.textContent = why;
  }

  audio.addEventListener("loadedmetadata", () => {
    hasSound = true;
    play.disabled = false;
    audio.currentTime = at;
    audio.playbackRate = Number(byId("speed").value);
    if (Math.abs(audio.duration - duration) > 1) {
      notice.textContent = "This file is not as long as the recording: it may be another one.";
    }
  });
  audio.addEventListener("error", () => askForFile("This browser cannot play that sound."));
  audio.addEventListener("play", () => {
    showPlaying();
    requestAnimationFrame(tick);
  });
  audio.addEventListener("pause", showPlaying);
  audio.addEventListener("seeked", () => moveTo(audio.currentTime));

  function toggle() {
    if (!hasSound) return;
    if (audio.paused) audio.play().catch(showPlaying);
    else audio.pause();
  }

  function showPlaying() {
    player.classList.toggle("playing", !audio.paused);
    byId("play-name").textContent = audio.paused ? "Play" : "Pause";
  }

  function tick() {
    moveTo(audio.currentTime);
    if (!audio.paused) requestAnimationFrame(tick);
  }

  function seek(seconds) {
    const end = hasSound && audio.duration ? Math.min(duration, audio.duration) : duration;
    const goal = Math.min(Math.max(0, seconds), end);
    if (hasSound) audio.currentTime = goal;
    moveTo(goal);
  }

  // --- Where we are ----------------------------------------------------------------------------

  function moveTo(seconds) {
    at = seconds;
    head.style.left = `${Math.min(100, (100 * at) / duration)}%`;
    const second = Math.floor(at);
    if (second !== shownSecond) {
      shownSecond = second;
      now.textContent = clock(second);
      wave.setAttribute("aria-valuenow", String(second));
      wave.setAttribute("aria-valuetext", `${clock(second)} of ${length}`);
    }
    for (const channel of channels.values()) light(channel);
  }

  function clock(seconds) {
    const two = (n) => String(n).padStart(2, "0");
    const minutes = Math.floor(seconds / 60);
    const rest = two(seconds % 60);
    return minutes < 60
      ? `${minutes}:${rest}`
      : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest}`;
  }

  // --- Words -----------------------------------------------------------------------------------

  const channels = indexWords();

  function indexWords() {
    const index = new Map();
    for (const line of segments.children) {
      const name = line.dataset.channel;
      if (!index.has(name)) index.set(name, { words: [], lit: null });
      index.get(name).words.push(...line.querySelectorAll(".w"));
    }
    for (const channel of index.values()) {
      channel.words.sort((a, b) => a.dataset.at - b.dataset.at);
      channel.starts = Float64Array.from(channel.words, (word) => Number(word.dataset.at));
      channel.ends = Float64Array.from(channel.words, (word) => Number(word.dataset.to));
    }
    return index;
  }

  function wordAt(channel, seconds) {
    let low = 0;
    let high = channel.starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (channel.starts[middle] <= seconds + 0.001) low = middle + 1;
      else high = middle;
    }
    const i = low - 1;
    return i >= 0 && seconds < channel.ends[i] + LINGER_S ? channel.words[i] : null;
  }

  function light(channel) {
    const word = wordAt(channel, at);
    if (word === channel.lit) return;
    channel.lit?.removeAttribute("aria-current");
    channel.lit = word;
    if (!word) return;
    word.setAttribute("aria-current", "true");
    if (!segments.contains(document.activeElement)) makeWalker(word);
    if (isFollowing()) keepInView(word);
  }

  function isFollowing() {
    return follow.getAttribute("aria-pressed") === "true";
  }

  function setFollowing(yes) {
    follow.setAttribute("aria-pressed", String(yes));
  }

  function keepInView(word) {
    const box = word.getBoundingClientRect();
    const top = player.getBoundingClientRect().bottom;
    if (box.top < top + 8 || box.bottom > innerHeight - 48) reveal(word);
  }

  function reveal(word) {
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    word.scrollIntoView({ block: "center", behavior: isCalm ? "instant" : "smooth" });
  }

  function makeWalker(word) {
    walker?.removeAttribute("tabindex");
    walker?.removeAttribute("role");
    walker = word;
    word.tabIndex = 0;
    word.setAttribute("role", "link");
  }

  function walkTo(word) {
    if (!word) return;
    makeWalker(word);
    word.focus({ preventScroll: true });
    keepInView(word);
  }

  function neighbour(word, key) {
    const line = word.closest("li");
    const first = (other) => other?.querySelector(".w");
    const last = (other) => other && [...other.querySelectorAll(".w")].pop();
    switch (key) {
      case "ArrowRight": return word.nextElementSibling ?? first(line.nextElementSibling);
      case "ArrowLeft": {
        const before = word.previousElementSibling;
        return before?.matches(".w") ? before : last(line.previousElementSibling);
      }
      case "ArrowDown": return first(line.nextElementSibling);
      case "ArrowUp": return first(line.previousElementSibling);
      case "Home": return first(segments.firstElementChild);
      case "End": return last(segments.lastElementChild);
    }
  }

  // --- The reader ------------------------------------------------------------------------------

  function goTo(target) {
    seek(Number(target.dataset.at));
    if (target.matches(".w")) makeWalker(target);
    if (target.closest("#findings")) {
      setFollowing(true);
      const lit = [...channels.values()].map((channel) => channel.lit).find(Boolean);
      if (lit) reveal(lit);
    }
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-at]");
    if (!target || (target.matches(".w") && !getSelection().isCollapsed)) return;
    goTo(target);
  });

  document.addEventListener("keydown", (event) => {
    const from = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (from.closest("select, input")) return;
    if (onWord(from, event.key) || onWave(from, event.key) || anywhere(from, event.key)) {
      event.preventDefault();
    }
  });

  function onWord(from, key) {
    if (!from.matches(".w")) return false;
    if (key === "Enter") goTo(from);
    else if (/^(Arrow|Home$|End$)/.test(key)) walkTo(neighbour(from, key));
    else return false;
    return true;
  }

  function onWave(from, key) {
    if (from !== wave) return false;
    const goals = {
      ArrowUp: at + STEP_S,
      ArrowDown: at - STEP_S,
      PageUp: at + duration / 20,
      PageDown: at - duration / 20,
      Home: 0,
      End: duration,
    };
    if (!(key in goals)) return false;
    seek(goals[key]);
    return true;
  }

  function anywhere(from, key) {
    if (key === " " && !from.closest("button, summary, a")) toggle();
    else if (key === "ArrowRight") seek(at + STEP_S);
    else if (key === "ArrowLeft") seek(at - STEP_S);
    else {
      if (/^(Page|Home$|End$)/.test(key)) setFollowing(false);
      return false;
    }
    return true;
  }

  play.addEventListener("click", toggle);
  follow.addEventListener("click", () => {
    setFollowing(!isFollowing());
    const lit = [...channels.values()].map((channel) => channel.lit).find(Boolean);
    if (isFollowing() && lit) reveal(lit);
  });
  byId("speed").addEventListener("change", (event) => {
    audio.playbackRate = Number(event.target.value);
  });
  byId("file").addEventListener("change", (event) => {
    if (event.target.files[0]) open(event.target.files[0]);
  });
  // Who scrolls wants to look elsewhere.
  for (const kind of ["wheel", "touchmove"]) {
    addEventListener(kind, (event) => {
      if (!player.contains(event.target)) setFollowing(false);
    }, { passive: true });
  }

  function seekByPointer(event) {
    const box = wave.getBoundingClientRect();
    seek((duration * (event.clientX - box.left)) / box.width);
  }
  wave.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    wave.setPointerCapture(event.pointerId);
    seekByPointer(event);
  });
  wave.addEventListener("pointermove", (event) => {
    if (wave.hasPointerCapture(event.pointerId)) seekByPointer(event);
  });

  // What is scrolled to must not end up under the player, which stays at the top.
  new ResizeObserver(() => {
    document.documentElement.style.setProperty("--player", `${player.offsetHeight}px`);
  }).observe(player);

  const first = segments.querySelector(".w");
  if (first) makeWalker(first);
  if (!openEmbedded()) askForFile("This recording is too long to carry its sound in the page.");
})();
