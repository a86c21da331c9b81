import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { asText, filtered, Gathered } from "../log/collect";
import { Channel, fromProgram, mostKept, Recorder, type Line } from "../log/record";

/** recorder is a context's memory until the test ends; an open channel would keep Node awake. */
function recorder(t: TestContext, context: string): Recorder {
  const r = new Recorder(context);
  t.after(() => r.close());
  return r;
}

const line = (text: string, more: Partial<Line> = {}): Line => ({ context: "tab", time: 0, level: "info", text, ...more });

/** gathered waits until what came satisfies enough. */
function gathered(enough: (lines: readonly Line[]) => boolean): Promise<readonly Line[]> {
  return new Promise((resolve) => {
    const all = new Gathered((lines) => {
      if (!enough(lines)) return;
      all.close();
      resolve([...lines]);
    });
  });
}

test("what contexts wrote before and write now comes together, in the order of time, each line once", async (t) => {
  const tab = recorder(t, "tab"), runtime = recorder(t, "runtime");
  tab.note("info", ["one", { two: 2 }]);
  runtime.note("error", [new Error("it broke")]);
  const both = await gathered((lines) => lines.length === 2);
  assert.deepEqual(both.map((l) => [l.context, l.level]), [["tab", "info"], ["runtime", "error"]]);
  assert.equal(both[0]?.text, 'one {"two":2}');
  assert.match(both[1]?.text ?? "", /it broke/);
  const live = gathered((lines) => lines.length === 3);
  tab.note("warn", ["now"]);
  assert.equal((await live)[2]?.text, "now");
});

test("a context forgets its oldest lines", async (t) => {
  const tab = recorder(t, "tab");
  for (let n = 0; n < mostKept + 10; n++) tab.note("info", [`line ${n}`]);
  const lines = await gathered((all) => all.length >= mostKept);
  assert.equal(lines.length, mostKept);
  assert.equal(lines[0]?.text, "line 10");
});

test("what else is said on the channel is not taken", async (t) => {
  const stranger = new BroadcastChannel(Channel);
  t.after(() => stranger.close());
  const lines = gathered((all) => all.length > 0);
  for (const bad of [null, 7, { type: "log_lines" }, { type: "log_lines", lines: [{ text: "no context" }, null, line("x", { level: "fatal" as never })] }]) stranger.postMessage(bad);
  stranger.postMessage({ type: "log_lines", lines: [line("good")] });
  assert.deepEqual((await lines).map((l) => l.text), ["good"]);
});

test("a line of the program has its level as the first word", () => {
  assert.deepEqual(fromProgram("info", ["WARN slow\nmore", 1]), ["warn", ["slow\nmore", 1]]);
  assert.deepEqual(fromProgram("info", ["WARNING"]), ["info", ["WARNING"]]);
  assert.deepEqual(fromProgram("error", ["INFO x"]), ["error", ["INFO x"]]);
});

test("lines are looked for by context, level and words", () => {
  const all = [line("Alpha"), line("beta", { level: "warn" }), line("alphabet", { context: "runtime", level: "error" })];
  const texts = (context: string, level: Line["level"], text: string) => filtered(all, { context, level, text }).map((l) => l.text);
  assert.deepEqual(texts("", "debug", ""), ["Alpha", "beta", "alphabet"]);
  assert.deepEqual(texts("tab", "debug", ""), ["Alpha", "beta"]);
  assert.deepEqual(texts("", "warn", ""), ["beta", "alphabet"]);
  assert.deepEqual(texts("", "debug", " ALPHA "), ["Alpha", "alphabet"]);
  assert.equal(asText([line("x", { level: "warn" })]), "1970-01-01T00:00:00.000Z WARN  tab: x\n");
});
