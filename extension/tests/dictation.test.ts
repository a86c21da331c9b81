// Questions that are said, and answers that a server reads aloud. The stand-ins are judged by the Web Speech API
// (https://webaudio.github.io/web-speech-api/) and OpenAI's API of audio (https://platform.openai.com/docs/api-reference/audio).
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Dictation, type Means } from "../views/kit/voice/dictation";
import { base, Failing, synthesize, transcribe, usable } from "../views/kit/voice/endpoint";

/** Hearing stands in for the browser's recognition. */
class Hearing {
  static last: Hearing;
  lang = "";
  continuous = false;
  interimResults = false;
  onresult: (e: object) => void = () => undefined;
  onerror: (e: { error: string }) => void = () => undefined;
  onend: () => void = () => undefined;
  aborted = false;
  constructor() {
    Hearing.last = this;
  }
  start() {}
  stop() {
    this.onend();
  }
  abort() {
    this.aborted = true;
    this.onerror({ error: "aborted" });
    this.onend();
  }
  hears(...said: [string, boolean][]) {
    this.onresult({ resultIndex: 0, results: said.map(([transcript, isFinal]) => Object.assign([{ transcript }], { isFinal })) });
  }
}

/** Recorder stands in for MediaRecorder: it records one piece. As Firefox's, it has a type only while it records. */
class Recorder {
  static type = "audio/webm;codecs=opus";
  static last: Recorder;
  static slow = false; // whether the test says when it records
  state = "inactive";
  mimeType = "";
  onstart: () => void = () => undefined;
  onstop: () => void = () => undefined;
  ondataavailable: (e: { data: Blob }) => void = () => undefined;
  constructor(readonly stream: unknown) {
    Recorder.last = this;
  }
  start() {
    this.state = "recording";
    this.mimeType = Recorder.type;
    if (!Recorder.slow) queueMicrotask(() => this.onstart());
  }
  stop() {
    this.state = "inactive";
    this.ondataavailable({ data: new Blob(["sound"], { type: this.mimeType }) });
    this.mimeType = "";
    this.onstop();
  }
}

const realFetch = globalThis.fetch;
let asked: { url: string; init: RequestInit }[] = [];
let answer: () => Promise<Response> = () => Promise.resolve(Response.json({ text: " What is kAI? " }));
let stopped = 0;
let microphone: () => Promise<unknown> = () => Promise.resolve({ getTracks: () => [{ stop: () => stopped++ }] });

beforeEach(() => {
  asked = [];
  stopped = 0;
  answer = () => Promise.resolve(Response.json({ text: " What is kAI? " }));
  microphone = () => Promise.resolve({ getTracks: () => [{ stop: () => stopped++ }] });
  Object.defineProperty(globalThis, "navigator", { value: { mediaDevices: { getUserMedia: () => microphone() } }, configurable: true });
  Object.assign(globalThis, { SpeechRecognition: Hearing, MediaRecorder: Recorder, fetch: (url: string, init: RequestInit) => (asked.push({ url, init }), answer()) });
});
afterEach(() => void (globalThis.fetch = realFetch));

const browser: Means = { by: "browser", language: "de" };
const server: Means = { by: "server", server: { url: "http://localhost:8000" } };

function dictation() {
  const wrote: string[] = [];
  const wrong: unknown[] = [];
  return { d: new Dictation((text) => wrote.push(text), (why, status) => wrong.push(status ? [why, status] : why)), wrote, wrong };
}

/** cut is an answer that breaks off. */
const cut = () => new Response(new ReadableStream({ pull: (to) => (to.enqueue(new TextEncoder().encode('{"te')), to.error(new TypeError("network error"))) }));

/** settled waits until all that is under way has come to rest. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

test("what may still change is shown, what is final is written", () => {
  const { d, wrote } = dictation();
  d.start(browser);
  assert.deepEqual([Hearing.last.lang, Hearing.last.continuous, Hearing.last.interimResults], ["de", true, true]);
  Hearing.last.hears(["Was ist", false]);
  assert.deepEqual([d.interim.peek(), wrote], ["Was ist", []]);
  Hearing.last.hears(["Was ist kAI?", true], [" Und", false]);
  assert.deepEqual([d.interim.peek(), wrote, d.state.peek()], [" Und", ["Was ist kAI?"], "hearing"]);
  assert.equal(d.level.peek(), undefined, "browsers do not tell how loud it is");
  d.finish();
  assert.equal(d.state.peek(), "off");
});

test("what is cancelled is not written, and is no trouble", () => {
  const { d, wrote, wrong } = dictation();
  d.start(browser);
  d.cancel();
  Hearing.last.hears(["late", true]);
  assert.deepEqual([Hearing.last.aborted, wrote, wrong, d.state.peek()], [true, [], [], "off"]);
});

test("each trouble of the browser's recognition has its words", () => {
  for (const [error, why] of [["not-allowed", "refused"], ["service-not-allowed", "refused"], ["audio-capture", "no_microphone"], ["no-speech", "nothing"], ["network", "network"], ["other", "failed"]]) {
    const { d, wrong } = dictation();
    d.start(browser);
    Hearing.last.onerror({ error: error! });
    Hearing.last.onend();
    assert.deepEqual([wrong, d.state.peek()], [[why], "off"], error);
  }
});

test("it says that it listens once that is true, and not when it was cancelled before", async (c) => {
  Recorder.slow = true;
  c.after(() => (Recorder.slow = false));
  const { d } = dictation();
  d.start(server);
  await settled();
  assert.equal(d.state.peek(), "opening");
  Recorder.last.onstart();
  assert.equal(d.state.peek(), "hearing");
  d.cancel();
  d.start(server);
  await settled();
  d.cancel();
  Recorder.last.onstart();
  assert.equal(d.state.peek(), "off");
});

test("a recording is written down by the server, and the microphone is let go", async () => {
  const { d, wrote } = dictation();
  d.start(server);
  await settled();
  d.finish();
  await settled();
  assert.deepEqual([wrote, d.state.peek(), stopped], [["What is kAI?"], "off", 1]);
  const [{ url, init }] = asked as [typeof asked[0]];
  const form = init.body as FormData;
  assert.deepEqual([url, init.method, form.get("model"), (form.get("file") as File).name], ["http://localhost:8000/v1/audio/transcriptions", "POST", "whisper-1", "speech.webm"]);
});

test("a recording is named by what it is", async () => {
  for (const [type, name] of [["audio/webm;codecs=opus", "speech.webm"], ["audio/ogg; codecs=opus", "speech.ogg"], ["audio/mp4", "speech.mp4"]]) {
    Recorder.type = type!;
    const { d } = dictation();
    d.start(server);
    await settled();
    d.finish();
    await settled();
    assert.equal(((asked.at(-1)!.init.body as FormData).get("file") as File).name, name);
  }
});

test("a recording that is cancelled is sent nowhere", async () => {
  const { d, wrote, wrong } = dictation();
  d.start(server);
  await settled();
  d.cancel();
  await settled();
  assert.deepEqual([asked, wrote, wrong, stopped], [[], [], [], 1]);
});

test("each trouble of a recording has its words", async () => {
  const named = (name: string) => () => Promise.reject(Object.assign(new Error(name), { name }));
  const cases: [() => void, unknown][] = [
    [() => (microphone = named("NotAllowedError")), "refused"],
    [() => (microphone = named("NotFoundError")), "no_microphone"],
    [() => (answer = () => Promise.reject(new TypeError("failed"))), "unreachable"],
    [() => (answer = () => Promise.resolve(new Response("", { status: 401 }))), ["key", 401]],
    [() => (answer = () => Promise.resolve(new Response("", { status: 404 }))), ["missing", 404]],
    [() => (answer = () => Promise.resolve(new Response("", { status: 503 }))), ["status", 503]],
    [() => (answer = () => Promise.resolve(cut())), "cut"],
    [() => (answer = () => Promise.resolve(new Response("<html>"))), "nonsense"],
    [() => (answer = () => Promise.resolve(Response.json({ text: 7 }))), "nonsense"],
    [() => (answer = () => Promise.resolve(Response.json({ text: "x".repeat(100_000) }))), "nonsense"],
    [() => (answer = () => Promise.resolve(Response.json({ text: " " }))), "nothing"],
  ];
  for (const [set, why] of cases) {
    set();
    const { d, wrong } = dictation();
    d.start(server);
    await settled();
    d.finish();
    await settled();
    assert.deepEqual([wrong, d.state.peek()], [[why], "off"]);
    microphone = () => Promise.resolve({ getTracks: () => [] });
  }
});

test("a text becomes sound by the model and voice that were chosen", async () => {
  answer = () => Promise.resolve(new Response("sound", { headers: { "content-type": "audio/mpeg" } }));
  const sound = await synthesize({ url: "http://localhost:8000/v1/", model: "kokoro", rate: 1.5 }, "Hello.", new AbortController().signal);
  assert.equal(new TextDecoder().decode(sound), "sound");
  assert.equal(asked[0]!.url, "http://localhost:8000/v1/audio/speech");
  assert.deepEqual(JSON.parse(asked[0]!.init.body as string), { model: "kokoro", input: "Hello.", voice: "alloy", response_format: "mp3", speed: 1.5 });
});

test("a server that makes no MP3 is asked for WAV, from then on at once", async () => {
  const formats = () => asked.splice(0).map(({ init }) => (JSON.parse(init.body as string) as { response_format: string }).response_format);
  answer = () => Promise.resolve((asked.at(-1)!.init.body as string).includes("mp3") ? new Response("{}", { status: 400 }) : new Response(new Blob(["sound"])));
  const plain = { url: "http://plain" };
  await synthesize(plain, "Hello.", new AbortController().signal);
  await synthesize(plain, "Hello.", new AbortController().signal);
  assert.deepEqual(formats(), ["mp3", "wav", "wav"]);

  answer = () => Promise.resolve(new Response("{}", { status: 400 }));
  const other = { url: "http://other" };
  await assert.rejects(synthesize(other, "Hello.", new AbortController().signal), (e) => e instanceof Failing && e.status === 400);
  await assert.rejects(synthesize(other, "Hello.", new AbortController().signal));
  assert.deepEqual(formats(), ["mp3", "wav", "mp3", "wav"], "the format was not why");
});

test("what is no sound is told as such", async () => {
  answer = () => Promise.resolve(new Response("<!doctype html>", { headers: { "content-type": "text/html" } }));
  await assert.rejects(synthesize({ url: "http://localhost" }, "Hello.", new AbortController().signal), (e) => e instanceof Failing && e.why === "nonsense");
});

test("who stops a server hears of no trouble but the stop", async () => {
  const stop = new AbortController();
  answer = () => (stop.abort(), Promise.reject(stop.signal.reason as Error));
  await assert.rejects(transcribe({ url: "http://localhost" }, new Blob([]), stop.signal), (e) => !(e instanceof Failing));
});

test("addresses are taken with and without the version of the API", () => {
  assert.deepEqual(["http://a", "http://a/v1/", "http://a/openai/v2", " http://a/ "].map(base), ["http://a/v1", "http://a/v1", "http://a/openai/v2", "http://a/v1"]);
  assert.deepEqual(["http://a", "a", "ftp://a", ""].map(usable), [true, false, false, false]);
});
