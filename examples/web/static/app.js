// The page: buttons, captions and words for whatever happens.

import { Conversation } from "./conversation.js";
import { Microphone, MicrophoneError } from "./microphone.js";

const STATES = {
  idle: "ready",
  connecting: "connecting…",
  live: "listening",
  away: "reconnecting… what you say is kept",
  finishing: "finishing…",
  done: "finished",
  failed: "ended",
};
const NEAR_THE_END_PIXELS = 40;
const URL_SECONDS = 10;

const element = (id) => document.getElementById(id);
const [start, stop, alertBox, captions, interim, scroll, clock, level, downloads] = [
  "start", "stop", "alert", "captions", "interim", "scroll", "clock", "level", "downloads",
].map(element);

let conversation = null;
let microphone = null;

start.addEventListener("click", begin);
stop.addEventListener("click", () => finish());
downloads.addEventListener("click", ({ target }) => target.dataset.form && download(target.dataset.form));

async function begin() {
  start.disabled = true;
  reset();
  show("connecting");
  let said = null;
  try {
    microphone = await Microphone.open({
      onSamples: (samples) => {
        said?.add(samples);
        meter(samples);
      },
      onLost: () => finish("The microphone is gone.", "What was said before is below."),
    });
  } catch (error) {
    if (!(error instanceof MicrophoneError)) throw error;
    warn(error.message, error.hint);
    show("failed");
    start.disabled = false;
    return;
  }
  const url = new URL("listen", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  conversation = said = new Conversation(url, microphone.sampleRate);
  said.addEventListener("state", ({ detail }) => show(microphone ? detail.state : "finishing"));
  said.addEventListener("caption", ({ detail }) => addCaption(detail));
  said.addEventListener("interim", ({ detail }) => followed(() => (interim.textContent = detail.text)));
  said.addEventListener("full", () =>
    finish("The connection has been away for too long, and recording was stopped.",
      "What was said until then is kept, and sent as soon as the connection is back."));
  said.addEventListener("ended", ({ detail }) => ended(detail));
  stop.disabled = false;
  stop.focus();
}

// Stop recording. What was said so far is still recognised.
async function finish(message, hint) {
  if (!microphone) return;
  stop.disabled = true;
  show("finishing");
  if (message) warn(message, hint);
  await hangUp();
  conversation.stop();
}

async function ended({ code, message, hint, lost_seconds: lost }) {
  stop.disabled = true;
  await hangUp();
  if (code !== "OK") warn(message, hint);
  if (lost) warn(`${lost} seconds of what was said were not recognised.`);
  show(code === "OK" ? "done" : "failed");
  start.disabled = false;
  start.focus();
}

async function hangUp() {
  const open = microphone;
  microphone = null;
  await open?.stop();
  level.value = 0;
}

function reset() {
  captions.replaceChildren();
  interim.textContent = "";
  clock.textContent = "0:00";
  element("hint").hidden = true;
  downloads.hidden = true;
  alertBox.hidden = true;
  alertBox.replaceChildren();
}

function show(state) {
  const line = element("state");
  line.dataset.state = state;
  line.textContent = STATES[state];
}

function warn(message, hint = "") {
  const line = document.createElement("p");
  line.textContent = `${message} ${hint}`.trim();
  alertBox.append(line);
  alertBox.hidden = false;
}

function addCaption({ text, start: at }) {
  if (!text) return; // a guess that was taken back
  followed(() => {
    const [item, time, words] = ["li", "time", "span"].map((name) => document.createElement(name));
    time.textContent = minutes(at);
    words.textContent = text;
    item.append(time, words);
    captions.append(item);
  });
  downloads.hidden = false;
}

// Change what is shown, and keep its end in view, unless somebody has scrolled up to read.
function followed(change) {
  const isAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_THE_END_PIXELS;
  change();
  if (isAtEnd) scroll.scrollTop = scroll.scrollHeight;
}

function meter(samples) {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  level.value = peak / 32768;
  if (conversation) clock.textContent = minutes(conversation.seconds);
}

function minutes(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

// The token goes into a header: addresses end up in logs and histories.
async function download(form) {
  let answer = null;
  try {
    answer = await fetch(`transcript.${form}`, { headers: { Authorization: `Bearer ${conversation.token}` } });
  } catch {
    warn("The service cannot be reached.", "Try again later.");
    return;
  }
  if (!answer.ok) {
    warn(await answer.text());
    return;
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = `captions.${form}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), URL_SECONDS * 1000);
}
