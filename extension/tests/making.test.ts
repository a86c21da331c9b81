import assert from "node:assert/strict";
import { test } from "node:test";
import type { GalleryImage, GalleryImages } from "../gen/wire";
import { Gallery, recipeOf } from "../views/kit/gallery/gallery";
import type { App } from "../views/kit/state/app";

const image = (id: string): GalleryImage => ({ id, blob: `sha256:${id}`, created: "2026", service: "a1111", prompt: "a lamp", seed: 7, steps: 20 });

/** A gallery over a kai that answers with pages and notes what it is asked. */
function open(pages: Partial<Record<string, GalleryImages>>) {
  const asked: [string, unknown][] = [];
  const notices: { text: string; undo?: () => void }[] = [];
  const call = async (method: string, body: { after?: string }) => {
    asked.push([method, body]);
    return method === "images.list" ? pages[body.after ?? ""] : {};
  };
  const attempt = (work: Promise<unknown>) => work.then(() => true, () => false);
  const show = (text: string, action?: { run: () => void }) => notices.push({ text, undo: action?.run });
  return { gallery: new Gallery({ client: { call }, attempt, notices: { show } } as unknown as App), asked, notices };
}

test("a variation is the same recipe without its seed", async () => {
  const { gallery, asked } = open({ "": { images: [], making: [] } });
  await gallery.vary(recipeOf(image("1")));
  assert.deepEqual(asked[0], ["images.make", { service: "a1111", prompt: "a lamp", steps: 20 }]);
});

test("older pictures stay when the newest are read again", async () => {
  const { gallery } = open({ "": { images: [image("4"), image("3")], making: [], next: "n" }, n: { images: [image("2"), image("1")], making: [] } });
  const ids = () => gallery.images.value?.map((i) => i.id).join("");
  await gallery.load();
  await gallery.loadMore();
  assert.equal(ids(), "4321");
  await gallery.load();
  assert.equal(ids(), "4321");
  assert.equal(gallery.more.value, "");
});

test("removing is undone", async () => {
  const { gallery, asked, notices } = open({ "": { images: [], making: [] } });
  await gallery.remove(image("1"));
  notices[0]!.undo!();
  assert.deepEqual(asked.filter(([m]) => m === "images.set").map(([, b]) => b), [{ id: "1", removed: true }, { id: "1", removed: false }]);
});
