import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveMarkdown } from "../views/kit/markdown/live";
import { escape, lex, mend, normal, toHTML } from "../views/kit/markdown/parse";
import { createSanitizer } from "../views/kit/markdown/sanitize";
import { coloured } from "../views/kit/markdown/highlight";
import { dom, random } from "./harness";

const page = dom();
const sanitize = createSanitizer(page.window as unknown as Window);

function show(...texts: string[]): HTMLElement {
  const root = document.createElement("div");
  const live = new LiveMarkdown(root, sanitize);
  texts.forEach((text, i) => live.update(text, i === texts.length - 1));
  return root;
}

/** same checks that two elements show the same; in which order attributes came makes no difference. */
function same(got: HTMLElement, want: HTMLElement, about?: string): void {
  if (!got.isEqualNode(want)) assert.equal(got.innerHTML, want.innerHTML, about);
}

const mayBe = new Set("A BLOCKQUOTE BR CODE DEL EM H1 H2 H3 H4 H5 H6 HR KBD LI OL P PRE STRONG SUB SUP TABLE TBODY TD TH THEAD TR UL DIV SPAN BUTTON svg rect path".split(" "));
const mayHave = /^(?:href|title|align|start|class|target|rel|tabindex|role|aria-label|aria-hidden|type|data-copy|viewBox|x|y|width|height|rx|d)$/;

/** harmless checks that nothing in an element can run, load or lead anywhere else than promised. */
function harmless(root: HTMLElement, from: string): void {
  for (const e of root.querySelectorAll("*")) {
    assert.ok(mayBe.has(e.tagName), `${e.tagName} came out of ${JSON.stringify(from)}`);
    for (const { name, value } of e.attributes) assert.match(name, mayHave, `${e.tagName} ${name}=${value} came out of ${JSON.stringify(from)}`);
    const href = e.getAttribute("href");
    if (href === null) continue;
    assert.match(href, /^(?:https?|mailto):/i, `a link to ${href} came out of ${JSON.stringify(from)}`);
    assert.equal(e.getAttribute("target"), "_blank");
    assert.match(e.getAttribute("rel") ?? "", /noopener/);
  }
}

const attacks = [
  "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<svg><script>alert(1)</script></svg>", "<iframe src=javascript:alert(1)>",
  "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](java\nscript:alert(1))", "[x](&#106;avascript:alert(1))", "[x](data:text/html,<script>alert(1)</script>)",
  "[x](vbscript:x)", "[x](file:///etc/passwd)", "[x](//evil.example)", "[x](chrome://settings)", "![x](https://evil.example/pixel.png)", "![x](javascript:alert(1))",
  '![a" onerror="alert(1)](x)', '[a](https://x" onmouseover="alert(1))', '[a](https://x "t\\" onclick=alert(1) ")', "<a href='javascript:alert(1)'>x</a>", "<javascript:alert(1)>",
  "```js\" onclick=\"alert(1)\ncode\n```", "```\"><img src=x onerror=alert(1)>\nx\n```", "`<img src=x onerror=alert(1)>`", "| <img src=x onerror=alert(1)> | b |\n|-|-|\n| 1 | 2 |",
  "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
  "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<template><img src=x onerror=alert(1)></template>", "<base href=https://evil.example/>", "<meta http-equiv=refresh content=0>",
  "<object data=x>", "<embed src=x>", "<link rel=stylesheet href=x>", "<style>*{display:none}</style>", "<div style='position:fixed;inset:0'>x</div>", "<p id=app name=getElementById>x</p>",
  "<input autofocus onfocus=alert(1)>", "<details open ontoggle=alert(1)>", "<video><source onerror=alert(1)>", "<br onclick=alert(1)>", "<sub onclick=alert(1)>x</sub>", "<kbd/onclick=alert(1)>",
  "[a]: javascript:alert(1)\n\n[a]", "<!--<img src=x onerror=alert(1)>-->", "<![CDATA[<img src=x onerror=alert(1)>]]>", "<x onpointerenter=alert(1)>y", "\u0000<scr\u0000ipt>alert(1)</script>",
];
for (const attack of attacks) {
  test(`shows ${JSON.stringify(attack)} without harm, and as it is written`, () => {
    const root = document.createElement("div");
    const live = new LiveMarkdown(root, sanitize);
    for (let cut = 1; cut <= attack.length; cut++) {
      live.update(attack.slice(0, cut), false);
      harmless(root, attack.slice(0, cut));
    }
    live.update(attack, true);
    harmless(root, attack);
    same(root, show(attack));
  });
}

test("HTML that did not come from Markdown is sanitised just as well", () => {
  for (const attack of attacks) {
    const root = document.createElement("div");
    root.append(sanitize(attack));
    harmless(root, attack);
  }
});

test("an image is a link, because loading it would tell its server", () => {
  const root = show("![a diagram](https://example.org/a.png)");
  assert.equal(root.querySelector("img"), null);
  assert.equal(root.querySelector("a.image-link")?.textContent, "a diagram");
});

test("raw HTML is shown as the text it is", () => {
  assert.match(show("Use <div class='x'> and <br> here").textContent ?? "", /Use <div class='x'> and\s+here/);
});

test("tables keep their alignment, code its language and its copy button", () => {
  const root = show("| a | b |\n|---|--:|\n| 1 | 2 |\n\n```go\nx := 1\n```");
  assert.equal(root.querySelector("td[align=right]")?.textContent, "2");
  assert.equal(root.querySelector(".table")?.getAttribute("role"), "region");
  assert.equal(root.querySelector(".code-head span")?.textContent, "go");
  assert.equal(root.querySelector(".code button")?.getAttribute("aria-label"), "Copy code");
  assert.equal(root.querySelector("pre > code")?.textContent, "x := 1\n");
});

test("an item of a task list has its box in the place of a bullet", () => {
  const items = [...show("- [ ] open\n- [x] done\n- plain").querySelectorAll("li")];
  assert.deepEqual(items.map((i) => i.className), ["task", "task", ""]);
  assert.deepEqual(items.map((i) => i.textContent?.trim()), ["☐ open", "☑ done", "plain"]);
});

const sample = [
  "# Title", "A paragraph with **bold**, *soft*, `code` and a [link](https://example.org/a?b=c).", "- one\n- two\n  - inner\n- three", "1. first\n2. second\n\n3. third, after a gap",
  "```python\ndef f(x):\n    return x ** 2\n\n# a gap above\n```", "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |", "> quoted\n> more", "Setext\n======", "---", "Text with a\nbreak and ~~gone~~.",
  "~~~\ntilde\n~~~", "    indented code", "Ünïcode 🦊 and <tag> and & and \\*escaped\\*", "* a\n\n  para in item\n\n* b", "- [ ] open\n- [x] done", "[ref] later\n\n[ref]: https://example.org",
];

test("a text that grows in any steps ends exactly as the text at once", () => {
  const next = random(3);
  for (let i = 0; i < 40; i++) {
    const text = Array.from({ length: 1 + Math.floor(next() * 7) }, () => sample[Math.floor(next() * sample.length)]).join("\n\n");
    const steps: string[] = [];
    for (let at = 0; at < text.length; at += 1 + Math.floor(next() * 9)) steps.push(text.slice(0, at));
    same(show(...steps, text), show(text), JSON.stringify(text));
  }
});

const pieces = [...attacks, ...sample, "*", "**", "_", "`", "```", "~", "|", "\n", "\n\n", "    ", "> ", "- ", "1. ", "[", "](", ")", "![", "<", ">", "&", "\\", "\r\n", "\t", "\u0000", "\ud800", "🦊"];

// KAI_FUZZ=60 goes on for a minute with other noise each time; what fails says its seed.
test("noise of Markdown and HTML is harmless at every step of its growth, and ends as the noise at once", () => {
  const seconds = Number(process.env.KAI_FUZZ ?? 0);
  const until = Date.now() + seconds * 1000;
  for (let seed = Number(process.env.KAI_SEED ?? (seconds ? Date.now() : 4)), i = 0; i < 150 || Date.now() < until; seed++, i++) grow(seed);
});

function grow(seed: number): void {
  const next = random(seed);
  const text = Array.from({ length: 1 + Math.floor(next() * 10) }, () => pieces[Math.floor(next() * pieces.length)]).join("");
  const root = document.createElement("div");
  const live = new LiveMarkdown(root, sanitize);
  const about = `seed ${seed}: ${JSON.stringify(text)}`;
  for (let at = 0; at < text.length; at += 1 + Math.floor(next() * 40)) {
    live.update(text.slice(0, at), false);
    harmless(root, about);
  }
  live.update(text, true);
  harmless(root, about);
  same(root, show(text), about);
}

test("a raw tag that is half written never becomes an element before it is known what it is", () => {
  for (const attack of attacks.filter((a) => /^<(?!br|sub|kbd|javascript)/.test(a))) {
    const kinds = (root: HTMLElement) => new Set([...root.querySelectorAll("*")].map((e) => e.tagName));
    const whole = kinds(show(attack)).add("P");
    for (let cut = 1; cut < attack.length; cut++) {
      for (const kind of kinds(show(attack.slice(0, cut)))) assert.ok(whole.has(kind), `${kind} of ${attack.slice(0, cut)}`);
    }
  }
});

const starts = [
  ...sample, "www", "w", "http", "a@b", "*", "**", "_a_", "`", "~~", "1", "1.", "12)", "-", "+", "#", "##", ">", "- 1", "> - a", "- [x]", "- [x] ", "a | b\n- | -", "a\n-", "a\n- ", "a\n=",
  "[a](/b \"c", "[a]: /b 'c", "&amp", "\\", "<b", "a **b ", "a ** ", "**a** ", "- a\n\n  b", "1. a\n   - b", "| a | b", "    code", "# a #", "a  ", "<br> a", "![", "Text", "Ünï",
];
const ends = ["a", "b c", " ", " w", "1", ".", ". x", ",", ":", ": x", ";", "!", "?", "'", '"', "(", ")", "-", "--", " -", "www.a", "—", "é", "漢", "x.y", "/", "*", "**", "_", "`", "\n", "[", "]", "<", ">", "&", "|", "@", "🦊"];

test("what grows in plain words shows what the same text shows at once, and is not rendered again", () => {
  const next = random(5);
  const pick = (of: string[]) => of[Math.floor(next() * of.length)]!;
  let added = 0;
  for (let i = 0; i < 400; i++) {
    const steps = [pick(starts) + (next() < 0.4 ? pick(["\n", " ", "\n\n"]) + pick(starts) : "")];
    for (let n = 1 + Math.floor(next() * 4); n > 0; n--) steps.push(steps.at(-1)! + pick(ends));
    const root = document.createElement("div");
    let rendered = 0;
    const live = new LiveMarkdown(root, (html) => (rendered++, sanitize(html)));
    live.update(steps[0]!, false);
    for (const text of steps.slice(1)) {
      rendered = 0;
      live.update(text, false);
      if (rendered > 0) break; // rendered anew: what follows is another text's growth
      added++;
      const whole = document.createElement("div");
      new LiveMarkdown(whole, sanitize).update(text, false);
      const seen = (e: HTMLElement) => e.innerHTML.replace(/\s+(?=<\/)/g, ""); // a space at a block's end is not
      assert.equal(seen(root), seen(whole), JSON.stringify(steps));
    }
  }
  assert.ok(added > 100, `words were added ${added} times`);
});

test("finished blocks are not touched again while the last one grows", () => {
  const root = document.createElement("div");
  const live = new LiveMarkdown(root, sanitize);
  live.update("First paragraph.\n\nSecond one begins", false);
  const first = root.firstChild;
  (first as HTMLElement).dataset.mine = "kept";
  for (const more of [" and goes", " and goes on", " and goes on.\n\n```js\nlet a", " and goes on.\n\n```js\nlet a = 1\n```\n\nEnd of it."]) live.update("First paragraph.\n\nSecond one begins" + more, false);
  assert.equal(root.firstChild, first);
  assert.equal((root.firstChild as HTMLElement).dataset.mine, "kept");
});

test("code that is being written grows in place, so that a selection in it lives", () => {
  const root = document.createElement("div");
  const live = new LiveMarkdown(root, sanitize);
  live.update("```js\nlet a", false);
  const text = root.querySelector("code")?.firstChild;
  live.update("```js\nlet a = 1\nlet b", false);
  assert.equal(root.querySelector("code")?.firstChild, text);
  assert.equal(text?.nodeValue, "let a = 1\nlet b");
});

test("each finished code block is offered for colouring once", () => {
  const root = document.createElement("div");
  const live = new LiveMarkdown(root, sanitize);
  const seen: string[] = [];
  live.oncode = (code) => seen.push(code.className);
  const text = "```go\na := 1\n```\n\nAnd then:\n\n```rust\nlet b;\n```\n\nThat was it.";
  for (let i = 1; i <= text.length; i++) live.update(text.slice(0, i), false);
  live.update(text, true);
  assert.deepEqual(seen, ["language-go", "language-rust"]);
});

test("a text that was replaced is shown anew", () => {
  same(show("Old *text*\n\nwith parts that stay", "New"), show("New"));
});

test("a long answer costs little per token: the work does not grow with what is finished", () => {
  const root = document.createElement("div");
  let sanitised = 0;
  const live = new LiveMarkdown(root, (html) => {
    sanitised += html.length;
    return sanitize(html);
  });
  const block = "A paragraph of some length that says nothing much at all.\n\n";
  const text = block.repeat(40);
  for (let i = 0; i < text.length; i += 4) live.update(text.slice(0, i), false);
  assert.ok(sanitised < text.length * 30, `sanitised ${sanitised} characters for ${text.length}`);
});

test("the raws of the blocks are the text", () => {
  for (const text of [...sample, ...attacks].map(normal)) assert.equal(lex(text).map((t) => t.raw).join(""), text);
});

test("mend closes bold and code, and only appends", () => {
  assert.equal(mend("a **b"), "a **b**");
  assert.equal(mend("a `b"), "a `b`");
  assert.equal(mend("a **b** c"), "a **b** c");
  assert.equal(mend("```js"), "```js");
  assert.equal(mend("2 ** "), "2 ** ");
});

test("escape leaves nothing that HTML acts on", () => {
  assert.doesNotMatch(escape(`<>"'&`).replace(/&#\d+;/g, ""), /[<>"'&]/);
  assert.match(toHTML(lex("<b>")), /&#60;b&#62;/);
});

test("colouring escapes the code and leaves unknown languages alone", () => {
  assert.doesNotMatch(coloured("let a = '<img src=x>'", "js") ?? "", /<img/);
  assert.equal(coloured("x", "brainfuck"), undefined);
  assert.equal(coloured("x".repeat(70_000), "js"), undefined);
});
