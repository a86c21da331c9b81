import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { gridOf, merge, perSecond, rowsOf, upPart, within, type Series } from "../views/dashboard/series";
import { Watch } from "../views/dashboard/watch";
import { dom } from "./harness";

const start = 1_800_000_000 - (1_800_000_000 % 3600);

/** series are minutes from an hour's begin, with a request in each. */
function series(from: number, minutes: number, more: Partial<Series> = {}): Series {
  const all = (n: number) => Array.from({ length: minutes }, () => n);
  return {
    began: "2027-01-15T08:00:00Z", every: 60, times: all(0).map((_, i) => start + (from + i) * 60), requests: all(1), failed: all(0), tokens: all(30), millis: all(1000),
    waiting: all(2), running: all(1), dead: all(0), memory: all(5).map((n, i) => n + i), storage: all(9), steps: [], ...more,
  };
}

test("what is newer goes after what is known, and the minute that went on is told anew", () => {
  const whole = merge(series(0, 3), series(2, 2, { requests: [7, 8] }));
  assert.deepEqual(whole.times, series(0, 4).times);
  assert.deepEqual(whole.requests, [1, 1, 7, 8]);
});

test("a day is kept, and nothing of a kai that was there before", () => {
  const day = merge(series(0, 1440), series(1440, 5));
  assert.equal(day.times.length, 1440);
  assert.equal(day.requests.length, 1440);
  assert.equal(day.times.at(-1), start + 1444 * 60);
  assert.deepEqual(merge(series(0, 9), series(9, 1, { began: "later" })), series(9, 1, { began: "later" }));
});

test("an hour has a slot a minute, and a minute of which nothing is known has none", () => {
  const grid = gridOf(series(50, 10), "hour");
  assert.equal(grid.slots.length, 60);
  assert.equal(grid.until, start + 3600);
  assert.equal(grid.slots[49], null);
  assert.equal(grid.slots[50]?.memory, 5);
  assert.equal(grid.slots[59]?.memory, 14);
});

test("a slot of a day joins ten minutes: counts add up, of the queue the most counts, of sizes the newest", () => {
  const grid = gridOf(series(0, 15, { waiting: [1, 9, ...Array.from({ length: 13 }, () => 0)] }), "day");
  const [first, last] = grid.slots.slice(-2);
  assert.equal(first?.requests, 10);
  assert.equal(first?.waiting, 9);
  assert.equal(first?.memory, 14);
  assert.equal(perSecond(first ?? null), 30);
  assert.equal(last?.requests, 5);
  assert.equal(grid.until - grid.from, 24 * 3600);
});

test("the table has what the picture has, and only of the time that is known", () => {
  const rows = rowsOf(gridOf(series(47, 13), "hour"));
  assert.deepEqual(rows.map((r) => [(r.time - start) / 60, r.slot.requests]), [[45, 3], [50, 5], [55, 5]]);
  assert.equal(perSecond({ ...rows[0]!.slot, tokens: 0 }), null);
});

test("spans are cut to the time shown, and their well part is of what is known", () => {
  const spans = [{ state: "ready", from: 0, until: 60 }, { state: "degraded", from: 60, until: 80 }, { state: "ready", from: 200, until: 260 }];
  const seen = within(spans, 30, 220);
  assert.deepEqual(seen.map((s) => [s.from, s.until]), [[30, 60], [60, 80], [200, 220]]);
  assert.equal(upPart(seen), 50 / 70);
  assert.equal(upPart([]), undefined);
});

/** kai answers what is fetched; it can be told to be slow or away. */
class Kai {
  readonly asked: string[] = [];
  status = 200;
  away = false;

  fetch = (url: string): Promise<Response> => {
    this.asked.push(url.replace("/api/v1/metrics", ""));
    if (this.away) return Promise.reject(new TypeError("refused"));
    const minute = this.asked.length - 1;
    return Promise.resolve(new Response(JSON.stringify(series(minute, 1)), { status: this.status }));
  };
}

const settle = async () => { for (let i = 0; i < 20; i++) await Promise.resolve(); await new Promise((done) => setImmediate(done)); };

test("kai is asked for what is new while the page is seen, and not at all while it is hidden", async () => {
  const page = dom();
  mock.timers.enable({ apis: ["setTimeout"] });
  const kai = new Kai();
  globalThis.fetch = kai.fetch as typeof fetch;
  const see = (state: string) => {
    Object.defineProperty(page.window.document, "visibilityState", { value: state, configurable: true });
    page.window.document.dispatchEvent(new page.window.Event("visibilitychange"));
  };
  const watch = new Watch();
  see("visible");
  watch.begin();
  await settle();
  mock.timers.tick(5_000);
  await settle();
  assert.deepEqual(kai.asked, ["?after=0", `?after=${start}`]);
  assert.equal(watch.series.value?.times.length, 2);

  see("hidden");
  mock.timers.tick(60_000);
  await settle();
  assert.equal(kai.asked.length, 2, "a hidden page asked");
  see("visible");
  await settle();
  assert.equal(kai.asked.length, 3, "a page that is seen again asks at once");

  for (const [status, trouble] of [[401, "signedOut"], [423, "locked"], [500, "away"]] as const) {
    kai.status = status;
    mock.timers.tick(5_000);
    await settle();
    assert.equal(watch.trouble.value, trouble);
  }
  kai.away = true;
  mock.timers.tick(5_000);
  await settle();
  assert.equal(watch.trouble.value, "away");
  assert.equal(watch.series.value?.times.length, 3, "what was known stays");
  kai.away = false;
  kai.status = 200;
  mock.timers.tick(5_000);
  await settle();
  assert.equal(watch.trouble.value, undefined);
  see("hidden"); // ends what is planned
  mock.timers.reset();
});
