import { signal } from "@preact/signals";
import { siteOf } from "../../../page/tab";
import { grant } from "../page/capture";
import { read, write } from "../state/remember";
import { Failing, usable, type Endpoint } from "./endpoint";
import { playAll } from "./player";
import { pieces, spoken } from "./spoken";

const key = "kai-voice";

/** Kept is what a person chose; it is of this browser, as its voices are. */
export interface Kept {
  on?: boolean;
  name?: string;
  rate?: number;
  /** By a server instead of the computer's own voices. */
  speaks?: "server";
  speaker?: Endpoint & { voice?: string };
  /** How speech becomes text; it does not, unless this says. */
  hears?: "browser" | "server";
  hearer?: Endpoint;
}

/**
 * Voice reads answers aloud. Of the browser's voices only those that speak on this computer are used: others send the text to whoever
 * made the browser.
 */
export class Voice {
  readonly kept = signal<Kept>(read<Kept>(key) ?? {});
  /** The voices of this computer; none before they are known. */
  readonly voices = signal<SpeechSynthesisVoice[]>([]);
  /** The message that is being read. */
  readonly speaking = signal("");
  private turn = 0;
  private playing: AbortController | undefined;

  /** wrong hears that reading failed, and how a server failed, if one did. */
  constructor(private readonly wrong: (failing?: Failing) => void) {
    if (this.kept.peek().on) this.listen();
  }

  private get speech(): SpeechSynthesis | undefined {
    return globalThis.speechSynthesis;
  }

  /** ready tells whether there is somebody to read. */
  get ready(): boolean {
    const { on, speaks, speaker } = this.kept.value;
    return on === true && (speaks === "server" ? usable(speaker?.url ?? "") : this.voices.value.length > 0);
  }

  /** choose changes what is kept. */
  choose(change: Kept): void {
    this.kept.value = { ...this.kept.peek(), ...change };
    write(key, this.kept.peek());
    if (change.on) this.listen();
    else if (change.on === false) this.stop();
  }

  // Browsers look for voices when they are first asked, and tell later.
  private listen(): void {
    const look = () => (this.voices.value = (this.speech?.getVoices() ?? []).filter((v) => v.localService));
    look();
    if (this.speech) this.speech.onvoiceschanged = look;
  }

  /** toggle reads a message, or ends the reading of it. */
  async toggle(id: string, markdown: string): Promise<void> {
    const was = this.speaking.peek();
    this.stop();
    if (was === id) return;
    if (this.kept.peek().speaks === "server") return this.play(id, spoken(markdown));
    if (!this.speech) return;
    const turn = ++this.turn;
    this.speaking.value = id;
    const text = spoken(markdown);
    const language = await languageOf(text);
    if (turn !== this.turn) return;
    const voice = this.pick(language);
    const all = pieces(text, voice?.lang);
    if (!voice || all.length === 0) return void (this.speaking.value = "");
    addEventListener("pagehide", () => this.stop(), { once: true });
    for (const [i, piece] of all.entries()) {
      const u = new SpeechSynthesisUtterance(piece);
      u.voice = voice;
      u.lang = voice.lang;
      u.rate = this.kept.peek().rate ?? 1;
      u.onend = () => { if (turn === this.turn && i === all.length - 1) this.speaking.value = ""; };
      u.onerror = () => {
        if (turn !== this.turn) return; // it was stopped
        this.stop();
        this.wrong();
      };
      this.speech.speak(u);
    }
  }

  private async play(id: string, text: string): Promise<void> {
    const { speaker, rate } = this.kept.peek();
    const all = pieces(text);
    if (!speaker || all.length === 0) return;
    const turn = ++this.turn;
    const stop = (this.playing = new AbortController());
    this.speaking.value = id;
    addEventListener("pagehide", () => this.stop(), { once: true });
    await grant([siteOf(speaker.url)]).catch(() => false); // in the click itself; this computer is allowed already
    if (turn !== this.turn) return;
    await playAll({ ...speaker, rate }, all, stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) this.wrong(error instanceof Failing ? error : undefined);
    });
    if (turn === this.turn) this.speaking.value = "";
  }

  /** stop ends the reading. */
  stop(): void {
    if (!this.speaking.peek()) return;
    this.turn++;
    this.speaking.value = "";
    this.playing?.abort();
    this.speech?.cancel();
  }

  // The voice that was chosen, else one of the text's language, the system's own first.
  private pick(language: string): SpeechSynthesisVoice | undefined {
    const voices = this.voices.peek();
    const of = (l: string) => voices.filter((v) => v.lang.toLowerCase().split(/[-_]/)[0] === l.toLowerCase().split(/[-_]/)[0]);
    const fit = [...of(language), ...of(navigator.language ?? ""), ...voices];
    return voices.find((v) => v.name === this.kept.peek().name) ?? (of(language).find((v) => v.default) ?? fit[0]);
  }
}

async function languageOf(text: string): Promise<string> {
  try {
    const found = await globalThis.chrome?.i18n?.detectLanguage?.(text.slice(0, 1000));
    if (found?.isReliable) return found.languages[0]?.language ?? "";
  } catch {
    // it is not known, then
  }
  return navigator.language ?? "";
}
