import assert from "node:assert/strict";
import { test } from "node:test";
import { zipSync } from "fflate";
import { extract, maxFileBytes, Problem } from "../views/kit/knowledge/extract/extract";
import { dom } from "./harness";

dom();
const file = (name: string, text: string | Uint8Array) => new File([text as BlobPart], name);
const word = (body: string, name = "word/document.xml") => zipSync({
  [name]: new TextEncoder().encode(`<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>${body}</w:body></w:document>`),
});
const fails = (f: File, why: RegExp) => assert.rejects(extract(f), (e) => e instanceof Problem && why.test(e.message));

test("a text is read in the encoding that it has", async () => {
  assert.equal(await extract(file("a.md", "# Grüße\n")), "# Grüße\n");
  assert.equal(await extract(file("a.txt", Uint8Array.of(0x47, 0x72, 0xfc, 0xdf, 0x65))), "Grüße");
  assert.equal(await extract(file("a", Uint8Array.of(0xff, 0xfe, 0x48, 0, 0x69, 0))), "Hi");
});

test("a row of a table says what its cells are", async () => {
  assert.equal(await extract(file("a.csv", 'month,amount\r\nMay,"1,200"\r\n\r\nJune,9\n')), "month: May; amount: 1,200\nmonth: June; amount: 9");
  assert.equal(await extract(file("a.tsv", "a\tb\n1\t2")), "a: 1; b: 2");
});

test("a page is read without what runs in it", async () => {
  assert.equal(await extract(file("a.HTML", "<script>evil()</script><h2>Head</h2><p>One<br>two</p>")), "## Head\n\nOne\ntwo");
});

test("a Word file keeps its headings", async () => {
  const body = '<w:p><w:pPr><w:pStyle w:val="Heading2"/></w:pPr><w:r><w:t>Head</w:t></w:r></w:p><w:p><w:r><w:t>One </w:t><w:t>two</w:t><w:br/></w:r></w:p><w:p/>';
  assert.equal(await extract(file("a.docx", word(body))), "## Head\n\nOne two\n");
});

test("what cannot be read says why", async () => {
  await fails(file("a.txt", Uint8Array.of(1, 0, 2)), /not a text/);
  await fails(file("a.docx", "no zip"), /damaged/);
  await fails(file("a.docx", word("", "other.xml")), /not a Word document/);
  await fails(file("a.docx", word("<w:p>")), /damaged/);
  await fails(file("a.docx", word(" ".repeat(33 << 20))), /unpacks to more/);
  await fails(file("a.txt", "a".repeat((4 << 20) + 1)), /more than 4/);
  const large = Object.defineProperty(file("a.txt", ""), "size", { value: maxFileBytes + 1 });
  await fails(large, /larger than/);
});
