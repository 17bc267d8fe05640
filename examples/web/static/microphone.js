// The microphone, as chunks of 16-bit samples at its own rate. Nothing is resampled: the service takes 8 to 48 kHz.

const MOST_HERTZ = 48000;

const TROUBLES = {
  NotAllowedError: ["The microphone may not be used.", "Allow it in the browser's settings for this page."],
  NotFoundError: ["There is no microphone.", "Plug one in."],
  NotReadableError: ["The microphone gives nothing.", "Another program may be using it."],
};

// What keeps it from being heard, with words for people.
export class MicrophoneError extends Error {
  constructor(message, hint = "") {
    super(message);
    this.hint = hint;
  }
}

export class Microphone {
  #stream;
  #context;
  #node;
  #end;
  #ended = new Promise((resolve) => (this.#end = resolve));

  // The rate of its samples. `onSamples` is given every chunk, `onLost` is called if it is unplugged.
  static async open({ onSamples, onLost }) {
    if (!navigator.mediaDevices?.getUserMedia) {
      throw new MicrophoneError("The browser keeps its microphone from this page.", "Open it by https.");
    }
    const microphone = new Microphone();
    try {
      await microphone.#open(onSamples, onLost);
    } catch (error) {
      await microphone.#close();
      throw new MicrophoneError(...(TROUBLES[error.name] ?? [`The microphone cannot be used: ${error.message}`]));
    }
    return microphone;
  }

  get sampleRate() {
    return this.#context.sampleRate;
  }

  // Stop recording. What was recorded has been given to `onSamples` by then.
  async stop() {
    this.#node.port.postMessage("stop");
    await this.#ended;
    await this.#close();
  }

  async #open(onSamples, onLost) {
    // Recognisers do better on what was said than on what was made of it to please the ear.
    const audio = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    this.#stream = await navigator.mediaDevices.getUserMedia({ audio });
    this.#context = new AudioContext();
    if (this.#context.sampleRate > MOST_HERTZ) {
      await this.#context.close();
      this.#context = new AudioContext({ sampleRate: MOST_HERTZ });
    }
    await this.#context.audioWorklet.addModule("worklet.js");
    this.#node = new AudioWorkletNode(this.#context, "recorder", {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    this.#node.port.onmessage = ({ data }) => (data ? onSamples(data) : this.#end());
    this.#stream.getAudioTracks()[0].addEventListener("ended", onLost);
    // A call, or another page, may take the sound away for a while.
    this.#context.addEventListener("statechange", () => {
      if (this.#context.state !== "closed") this.#context.resume();
    });
    await this.#context.resume();
    // Last of all: no sample may come before the caller has the microphone.
    this.#context.createMediaStreamSource(this.#stream).connect(this.#node);
  }

  async #close() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    if (this.#context && this.#context.state !== "closed") await this.#context.close();
  }
}
