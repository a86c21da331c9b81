import { signal } from "@preact/signals";
import { Failing, transcribe, type Endpoint, type Failure } from "./endpoint";
import { measureLevel } from "./level";

/** Trouble is why nothing was written down. */
export type Trouble = "refused" | "no_microphone" | "nothing" | "network" | "failed" | Failure;

/** Means is by what speech becomes text: by the browser's own recognition, or by a server. */
export type Means = { by: "browser"; language: string } | { by: "server"; server: Endpoint };

// What browsers call their recognition; the types of TypeScript do not have it.
interface Recognition {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  onresult: (e: { resultIndex: number; results: ArrayLike<ArrayLike<{ transcript: string }> & { isFinal: boolean }> }) => void;
  onerror: (e: { error: string }) => void;
  onend: () => void;
  start(): void;
  stop(): void;
  abort(): void;
}

/** recognition is the browser's own, where it has one. */
export function recognition(): (new () => Recognition) | undefined {
  const of = globalThis as { SpeechRecognition?: new () => Recognition; webkitSpeechRecognition?: new () => Recognition };
  return of.SpeechRecognition ?? of.webkitSpeechRecognition;
}

/** longest is how many seconds are recorded at most; then what was said is written down. */
export const longest = 5 * 60;

/** Dictation writes down what a person says. What is recorded is held in memory until it was sent, and nowhere else. */
export class Dictation {
  /** Off, waiting for the microphone, hearing, or waiting for a server to write down what it was sent. */
  readonly state = signal<"off" | "opening" | "hearing" | "writing">("off");
  /** What was heard last and may still change. */
  readonly interim = signal("");
  /** How many seconds were heard. */
  readonly seconds = signal(0);
  /** How loud it is, from 0 to 1; undefined where that is not known. */
  readonly level = signal<number | undefined>(undefined);
  private clock: ReturnType<typeof setInterval> | undefined;
  private cancels: () => void = () => undefined;
  private finishes: () => void = () => undefined;

  /** write takes each text that is final. wrong hears why there is none; status is a server's, if it refused. */
  constructor(private readonly write: (text: string) => void, private readonly wrong: (why: Trouble, status: number) => void) {}

  /** start listens, until finish or cancel. */
  start(means: Means): void {
    if (this.state.peek() !== "off") return;
    this.state.value = "opening";
    if (means.by === "browser") this.recognise(means.language);
    else void this.record(means.server);
  }

  /** finish ends the listening; what was said is written down. */
  finish(): void {
    this.finishes();
  }

  /** cancel ends it; what is not written down yet is not. */
  cancel(): void {
    this.cancels();
    this.over();
  }

  private hearing(): void {
    this.state.value = "hearing";
    const began = Date.now();
    this.clock = setInterval(() => (this.seconds.value = Math.floor((Date.now() - began) / 1000)), 250);
  }

  private over(): void {
    clearInterval(this.clock);
    this.state.value = "off";
    this.interim.value = "";
    this.seconds.value = 0;
    this.level.value = undefined;
    this.cancels = this.finishes = () => undefined;
  }

  private recognise(language: string): void {
    const Own = recognition();
    if (!Own) return this.fail("failed");
    const r = new Own();
    let cancelled = false;
    Object.assign(r, { lang: language, continuous: true, interimResults: true });
    r.onresult = ({ resultIndex, results }) => {
      if (cancelled) return;
      let interim = "";
      for (const result of Array.from(results).slice(resultIndex)) {
        const text = result[0]?.transcript ?? "";
        if (result.isFinal) this.write(text.trim());
        else interim += text;
      }
      this.interim.value = interim;
    };
    r.onerror = ({ error }) => {
      if (!cancelled && error !== "aborted") this.fail(troubles[error] ?? "failed");
      cancelled = true;
    };
    r.onend = () => cancelled || this.over(); // browsers end it by themselves after a silence
    this.finishes = () => r.stop();
    this.cancels = () => {
      cancelled = true;
      r.abort();
    };
    r.start();
    this.hearing();
  }

  private async record(server: Endpoint): Promise<void> {
    const stop = new AbortController();
    this.cancels = () => stop.abort();
    try {
      const sound = await this.hear(stop.signal);
      if (stop.signal.aborted) return;
      if (sound.size === 0) return this.fail("nothing");
      this.state.value = "writing";
      const text = await transcribe(server, sound, stop.signal);
      if (stop.signal.aborted) return;
      if (text) this.write(text);
      else return this.fail("nothing");
      this.over();
    } catch (error) {
      if (!stop.signal.aborted) this.fail(...troubleOf(error));
    }
  }

  private async hear(signal: AbortSignal): Promise<Blob> {
    const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
    let still = () => undefined as void;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      if (signal.aborted) return new Blob();
      const recorder = new MediaRecorder(microphone);
      const parts: Blob[] = [];
      const ended = new Promise((resolve) => (recorder.onstop = resolve));
      recorder.ondataavailable = ({ data }) => parts.push(data);
      const stop = () => recorder.state !== "inactive" && recorder.stop();
      timer = setTimeout(stop, longest * 1000);
      signal.addEventListener("abort", stop, { once: true });
      this.finishes = stop;
      recorder.onstart = () => signal.aborted || this.hearing(); // Firefox takes a while, and what is said before is lost
      recorder.start();
      still = measureLevel(microphone, (level) => (this.level.value = level));
      await ended;
      return new Blob(parts, { type: parts[0]?.type }); // Firefox's recorder has forgotten by now
    } finally {
      still();
      clearTimeout(timer);
      clearInterval(this.clock);
      for (const track of microphone.getTracks()) track.stop(); // the browser shows that it listens until then
    }
  }

  private fail(why: Trouble, status = 0): void {
    this.over();
    this.wrong(why, status);
  }
}

// By the names that the Web Speech API gives them.
const troubles: Record<string, Trouble> = {
  "not-allowed": "refused", "service-not-allowed": "refused", "audio-capture": "no_microphone", "no-speech": "nothing", network: "network",
};

function troubleOf(error: unknown): [Trouble, number] {
  if (error instanceof Failing) return [error.why, error.status];
  const name = (error as DOMException)?.name;
  if (name === "NotAllowedError") return ["refused", 0];
  return [name === "NotFoundError" ? "no_microphone" : "failed", 0];
}
