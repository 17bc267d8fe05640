// A conversation with the service, over as many connections as it takes.
//
// Everything that is recorded is kept until the service has taken it, and sent again over the next connection from
// where the service is. Captions have numbers, so that each is shown once.

const HEADER_BYTES = 8;
const FIRST_RETRY_SECONDS = 0.25;
const LAST_RETRY_SECONDS = 5;
const OPENING_SECONDS = 10;
const SILENT_HEARTBEATS = 3;
// Until the service has told its own.
const LIMITS = { kept_seconds: 30, silent_seconds: 60, heartbeat_seconds: 5 };
// Endings of a connection that another would not mend, for which the service may have had no time to send words.
const LAST_WORDS = { 1008: "The service refused what the page sent.", 1009: "The service refused a large message." };

// Events: "state" (connecting, live, away), "caption", "interim", "full" (no more can be kept), "ended".
export class Conversation extends EventTarget {
  token = null;
  captions = [];
  #url;
  #rate;
  #limits = LIMITS;
  #kept = []; // chunks that the service has not taken, oldest first: { position, samples }
  #recorded = 0;
  #taken = 0;
  #isFull = false;
  #isStopped = false;
  #isOver = false;
  #socket = null;
  #isReady = false;
  #attempts = 0;
  #awaySince = performance.now();
  #retry = null;
  #watch = null;

  constructor(url, sampleRate) {
    super();
    this.#url = url;
    this.#rate = sampleRate;
    addEventListener("online", this.#hurry);
    this.#open();
  }

  get seconds() {
    return this.#recorded / this.#rate;
  }

  // Take some audio.
  add(samples) {
    if (this.#isOver || this.#isStopped) return;
    const chunk = { position: this.#recorded, samples };
    this.#kept.push(chunk);
    this.#recorded += samples.length;
    if (this.#isReady) this.#send(chunk);
    if (!this.#isFull && this.#recorded - this.#taken >= this.#limits.kept_seconds * this.#rate) {
      // What is kept stays whole, instead of losing its beginning. Whoever records stops now; what is on its way by
      // then was spoken as well, and is kept.
      this.#isFull = true;
      this.#emit("full");
    }
  }

  // Say that there is no more. The captions still due follow, and then "ended".
  stop() {
    if (this.#isOver || this.#isStopped) return;
    this.#isStopped = true;
    if (this.#isReady) this.#sayStop();
  }

  // Connections.

  #open() {
    clearTimeout(this.#retry);
    this.#emit("state", { state: this.token || this.#attempts ? "away" : "connecting" });
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      const known = { type: "resume", token: this.token, captions: this.captions.length };
      socket.send(JSON.stringify(this.token ? known : { type: "start", sample_rate_hertz: this.#rate }));
    };
    socket.onmessage = ({ data }) => {
      this.#expectMore(SILENT_HEARTBEATS * this.#limits.heartbeat_seconds);
      this.#hear(JSON.parse(data));
    };
    socket.onclose = ({ code }) => {
      if (code in LAST_WORDS) this.#end({ code: "REFUSED", message: LAST_WORDS[code], hint: "Start again." });
      else this.#lost();
    };
    this.#expectMore(OPENING_SECONDS);
  }

  // A connection can be dead without being closed: the service is heard from every few seconds.
  #expectMore(seconds) {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#lost(), seconds * 1000);
  }

  #lost() {
    if (this.#isReady) this.#awaySince = performance.now();
    this.#drop();
    const away = (performance.now() - this.#awaySince) / 1000;
    if (away > this.#limits.silent_seconds) {
      this.#end({ code: "AWAY", message: "The service could not be reached any more.", hint: "Start again." });
      return;
    }
    this.#emit("state", { state: "away" });
    this.#emit("interim", { text: "" });
    // Full jitter: pages that lost their connections at the same time do not come back at the same time.
    const most = Math.min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** this.#attempts++);
    this.#retry = setTimeout(() => this.#open(), Math.random() * most * 1000);
  }

  #hurry = () => {
    if (this.#isOver || this.#socket) return;
    this.#attempts = 0;
    this.#open();
  };

  #drop() {
    clearTimeout(this.#watch);
    clearTimeout(this.#retry);
    this.#isReady = false;
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  // What the service says.

  #hear(message) {
    switch (message.type) {
      case "started":
        this.token = message.token;
        this.#limits = { ...LIMITS, ...message };
        this.#goAhead(0);
        break;
      case "resumed":
        this.#goAhead(message.position);
        break;
      case "taken":
        this.#forget(message.position);
        break;
      case "caption":
        if (message.number !== this.captions.length) break; // it is known
        this.captions.push(message);
        this.#emit("caption", message);
        this.#emit("interim", { text: "" });
        break;
      case "interim":
        this.#emit("interim", message);
        break;
      case "ended":
        this.#end(message);
        break;
    }
  }

  #goAhead(position) {
    this.#attempts = 0;
    this.#isReady = true;
    this.#forget(position);
    this.#emit("state", { state: "live" });
    for (const chunk of this.#kept) this.#send(chunk);
    if (this.#isStopped) this.#sayStop();
  }

  #forget(position) {
    this.#taken = position;
    while (this.#kept.length && this.#kept[0].position + this.#kept[0].samples.length <= position) this.#kept.shift();
    const first = this.#kept[0];
    if (first && first.position < position) {
      first.samples = first.samples.subarray(position - first.position);
      first.position = position;
    }
  }

  #end(ending) {
    if (this.#isOver) return;
    this.#isOver = true;
    removeEventListener("online", this.#hurry);
    this.#drop();
    this.#emit("interim", { text: "" });
    this.#emit("ended", ending);
  }

  // What it is told.

  #send({ position, samples }) {
    const message = new DataView(new ArrayBuffer(HEADER_BYTES + 2 * samples.length));
    message.setBigUint64(0, BigInt(position), true);
    for (let at = 0; at < samples.length; at++) message.setInt16(HEADER_BYTES + 2 * at, samples[at], true);
    this.#socket.send(message.buffer);
  }

  #sayStop() {
    this.#socket.send(JSON.stringify({ type: "stop", position: this.#recorded }));
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
