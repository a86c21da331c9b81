import assert from "node:assert/strict";
import { test } from "node:test";
import { isProtected } from "../page/tab";
import { readableText, textOf, tidy } from "../views/kit/page/readable";
import { shorten } from "../views/kit/page/shorten";
import { dom } from "./harness";

dom();
const parse = (html: string) => new DOMParser().parseFromString(html, "text/html");
const story = "<p>" + "The kettle sang in the corner while the rain went on and on outside. ".repeat(8) + "</p>";

test("the article is taken, the rest of the page is not", () => {
  const html = `<title>T</title><nav><a href=/>Home</a><a href=/x>Shop</a></nav><article><h1>Rain</h1>${story}<h2>Tea</h2>${story}<ul><li>one<li>two</ul></article><footer>Imprint</footer>`;
  const text = readableText({ html, text: "" }, parse);
  assert.match(text, /The kettle sang/);
  assert.match(text, /## Tea/);
  assert.match(text, /- one\n- two/);
  assert.doesNotMatch(text, /Imprint|Shop/);
});

test("a page without an article gives its visible text", () => {
  assert.equal(readableText({ html: "<div>a</div>", text: "Prices\r\n\r\n\r\n\r\nTea   2" }, parse), "Prices\n\nTea 2");
});

test("scripts and styles are never read, and nothing in the page runs", () => {
  const html = `<article>${story}<script>document.title="ran"</script><style>p{}</style><p>${"End. ".repeat(60)}</p></article>`;
  const text = readableText({ html, text: "" }, parse);
  assert.doesNotMatch(text, /ran|p\{\}/);
  assert.notEqual(document.title, "ran");
});

test("broken and empty pages give what they have", () => {
  assert.equal(readableText({ html: "", text: "" }, parse), "");
  assert.equal(readableText({ html: "<<<>>><p", text: "there is still something here" }, parse), "there is still something here");
});

test("preformatted text keeps its lines", () => {
  assert.match(textOf(parse("<pre>a\n  b</pre>").body), /a\n {2}b/);
  assert.equal(tidy(" a \u00a0 b \n\n\n c "), "a b\n\nc");
});

test("a text of five megabytes is cut to the limit, at a character", () => {
  const { text, cut } = shorten("🦊é".repeat(900_000), 200 << 10);
  assert.ok(cut);
  assert.ok(Buffer.byteLength(text) <= 200 << 10 && Buffer.byteLength(text) > (200 << 10) - 4);
  assert.doesNotMatch(text, /[\ud800-\udbff]$/);
  assert.deepEqual(shorten("short", 200), { text: "short", cut: false });
  assert.deepEqual(shorten("exactly", 7), { text: "exactly", cut: false });
});

test("pages that the browser protects are known by their address", () => {
  for (const url of ["chrome://settings", "about:blank", "moz-extension://x/y", "https://chromewebstore.google.com/detail/x", "https://addons.mozilla.org/en/firefox/"]) assert.ok(isProtected(url), url);
  for (const url of ["https://example.org", "http://localhost:3000", undefined, "file:///tmp/a.html"]) assert.ok(!isProtected(url), url);
});

test("what is said in a page's video comes after what is written, which is cut before it", () => {
  const raw = { html: "", text: "Otters at play", transcript: "Two otters cross.\n\n\n\nOne carries a stone. " };
  assert.equal(readableText(raw, parse), "Otters at play\n\n## Transcript\n\nTwo otters cross.\n\nOne carries a stone.");
  assert.equal(readableText({ ...raw, text: "" }, parse), "## Transcript\n\nTwo otters cross.\n\nOne carries a stone.");
  assert.match(readableText({ ...raw, text: "x".repeat(300_000) }, parse), /^x{50000}\n\n## Transcript/);
});
