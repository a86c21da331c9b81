import type { GalleryImage, GalleryRecipe, GalleryService } from "../../../gen/wire";

/** Draft is what is typed of a picture that is to be made. Numbers are as typed; what is empty is the service's own choice. */
export interface Draft {
  service: string;
  workflow: string;
  prompt: string;
  negative: string;
  model: string;
  sampler: string;
  width: string;
  height: string;
  steps: string;
  guidance: string;
  seed: string;
  /** The picture that it begins from. */
  from: GalleryImage | undefined;
  change: number;
}

const usualChange = 0.6;

/** blank is a draft without anything typed. */
export function blank(): Draft {
  return { service: "", workflow: "", prompt: "", negative: "", model: "", sampler: "", width: "", height: "", steps: "", guidance: "", seed: "", from: undefined, change: usualChange };
}

/** draftOf has the words and settings of a recipe, its seed too. Source is the picture that it begins from, where that is known. */
export function draftOf(i: GalleryRecipe, source?: GalleryImage): Draft {
  const text = (n: number | undefined) => (n ? String(n) : "");
  return {
    service: i.service ?? "", workflow: i.workflow ?? "", prompt: i.prompt, negative: i.negative ?? "", model: i.model ?? "", sampler: i.sampler ?? "",
    width: text(i.width), height: text(i.height), steps: text(i.steps), guidance: text(i.guidance), seed: i.seed === undefined ? "" : String(i.seed),
    from: source, change: i.change || usualChange,
  };
}

/** beginning is a draft of a picture that begins from another one, in its size and with another seed. */
export function beginning(i: GalleryImage): Draft {
  return { ...draftOf(i, i), workflow: "", width: "", height: "", seed: "", change: usualChange };
}

/** serviceOf is the one that will make it: the chosen one, or else the first that answers. */
export function serviceOf(d: Draft, services: GalleryService[] | undefined): GalleryService | undefined {
  return services?.find((s) => s.kind === d.service) ?? services?.find((s) => !s.fault) ?? services?.[0];
}

/** takesOf lists the fields that there is a place for: of the chosen workflow, or of the service's own way. */
export function takesOf(d: Draft, service: GalleryService | undefined): string[] {
  return service?.workflows?.find((w) => w.id === d.workflow)?.takes ?? service?.takes ?? [];
}

/** recipeFrom is what is asked for. What has no place is left out: it was typed for another service or workflow. */
export function recipeFrom(d: Draft, services: GalleryService[] | undefined): GalleryRecipe {
  const service = serviceOf(d, services);
  const takes = takesOf(d, service);
  const number = (text: string) => (text.trim() === "" ? undefined : Number(text));
  const all: GalleryRecipe = {
    prompt: d.prompt.trim(), negative: d.negative.trim() || undefined, model: d.model || undefined, sampler: d.sampler || undefined, width: number(d.width), height: number(d.height),
    steps: number(d.steps), guidance: number(d.guidance), seed: number(d.seed), from: d.from?.id, change: d.from ? d.change : undefined,
  };
  const kept = Object.entries(all).filter(([field, value]) => value !== undefined && (takes.includes(field) || field === "prompt" || field === "seed"));
  const workflow = service?.workflows?.some((w) => w.id === d.workflow) ? d.workflow : undefined;
  return { ...(Object.fromEntries(kept) as unknown as GalleryRecipe), ...(service && { service: service.kind }), ...(workflow && { workflow }) };
}
