// Runs on the audio thread: gathers what the microphone gives, a tenth of a second at a time, as 16-bit samples.

const CHUNKS_PER_SECOND = 10;

class Recorder extends AudioWorkletProcessor {
  #chunk = new Int16Array(Math.round(sampleRate / CHUNKS_PER_SECOND));
  #length = 0;
  #isStopped = false;

  constructor() {
    super();
    this.port.onmessage = () => this.#stop();
  }

  process([[samples]]) {
    if (this.#isStopped) return false;
    for (const sample of samples ?? []) {
      this.#chunk[this.#length++] = Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
      if (this.#length === this.#chunk.length) this.#post();
    }
    return true;
  }

  // What is there of the last chunk comes first; null says that it was the last.
  #stop() {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#post();
    this.port.postMessage(null);
  }

  #post() {
    if (this.#length) this.port.postMessage(this.#chunk.slice(0, this.#length));
    this.#length = 0;
  }
}

registerProcessor("recorder", Recorder);
