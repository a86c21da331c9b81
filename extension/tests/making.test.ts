import assert from "node:assert/strict";
import { test } from "node:test";
import type { GalleryImage, GalleryImages, GalleryService } from "../gen/wire";
import { beginning, blank, draftOf, recipeFrom } from "../views/kit/gallery/draft";
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

const comfyui: GalleryService = {
  kind: "comfyui", name: "ComfyUI", models: ["m"], samplers: ["euler"], takes: ["prompt", "negative", "seed", "steps", "guidance", "sampler", "model", "width", "height", "from", "change"],
  workflows: [{ id: "w", name: "Flux", takes: ["prompt", "seed", "steps"] }],
};

test("a recipe has what was typed, and nothing for what was not", () => {
  const draft = { ...blank(), prompt: " a lamp ", width: "640", seed: "0", guidance: "4.5", model: "m" };
  assert.deepEqual(recipeFrom(draft, [comfyui]), { service: "comfyui", prompt: "a lamp", width: 640, guidance: 4.5, seed: 0, model: "m" });
});

test("what a workflow has no place for is not sent to it", () => {
  const draft = { ...blank(), workflow: "w", prompt: "a lamp", negative: "rain", steps: "8", from: image("1") };
  assert.deepEqual(recipeFrom(draft, [comfyui]), { service: "comfyui", workflow: "w", prompt: "a lamp", steps: 8 });
  assert.equal(recipeFrom({ ...draft, workflow: "gone" }, [comfyui]).workflow, undefined, "one that was removed");
});

test("a picture begins from another one with its words, not its seed", () => {
  assert.deepEqual(recipeFrom(beginning({ ...image("1"), service: "comfyui", width: 512 }), [comfyui]), { service: "comfyui", prompt: "a lamp", steps: 20, from: "1", change: 0.6 });
});

test("the words and settings of a picture make it again", () => {
  const made = { ...image("2"), service: "comfyui", from: "1", change: 0.3, sampler: "euler" };
  const { id: _, blob: __, created: ___, ...recipe } = made;
  assert.deepEqual(recipeFrom(draftOf(made, image("1")), [comfyui]), recipe);
});

test("a removed workflow comes back as it was", async () => {
  const { gallery, asked, notices } = open({});
  await gallery.removeWorkflow({ id: "w", name: "Flux", takes: [] });
  assert.deepEqual(asked[0], ["images.workflows.remove", { id: "w" }]);
  notices[0]!.undo!();
  assert.equal(asked.at(-1)![0], "images.workflows.put");
});
