/** Part is a value of a JSON text: an element of the list that the text is or has under a key, or what else is under that key. */
export interface Part {
  key: string;
  /** Its place among those of its key, from 0 on. */
  index: number;
  /** The JSON of it; none when that is too large. */
  text?: string;
}

/** Malformed says that a text is no JSON, or ends too early. */
export class Malformed extends Error {}

type Where = "start" | "key" | "colon" | "value" | "item" | "done";

/**
 * Splitter cuts a JSON text into its parts while it comes, so that a file of any size is never held as a whole. What is inside
 * a part is for JSON.parse to judge.
 */
export class Splitter {
  private where: Where = "start";
  private inObject = false;
  private key = "";
  private index = 0;
  // The part that is being gathered, and how deep in it we are.
  private part: string[] | undefined;
  private size = 0;
  private depth = 0;
  private quoted = false;
  private escaped = false;

  constructor(private readonly maxPart: number) {}

  /** push takes more of the text and gives the parts that end in it. */
  push(text: string): Part[] {
    const out: Part[] = [];
    let from = 0;
    for (let i = 0; i < text.length; i++) {
      if (this.part) {
        const end = this.inside(text, i);
        if (end < 0) {
          i = -end - 1;
          continue;
        }
        this.gather(text.slice(from, end));
        this.finish(out);
        i = end - 1;
        continue;
      }
      if (this.between(text[i]!)) {
        from = i;
        i--; // the first character is one of the part
      }
    }
    if (this.part) this.gather(text.slice(from));
    return out;
  }

  /** end says whether the text was whole. */
  end(): void {
    if (this.where !== "done") throw new Malformed();
  }

  // inside walks on in a part: where it ends, or -1 - the place that was looked at last.
  private inside(text: string, i: number): number {
    for (; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (this.quoted) {
        if (this.escaped) this.escaped = false;
        else if (c === 92) this.escaped = true;
        else if (c === 34) {
          this.quoted = false;
          if (this.depth === 0) return i + 1;
        }
      } else if (c === 34) this.quoted = true;
      else if (c === 123 || c === 91) this.depth++;
      else if (c === 125 || c === 93) {
        if (this.depth === 0) return i; // of what holds the part
        if (--this.depth === 0) return i + 1;
      } else if (this.depth === 0 && (c === 44 || c === 58)) return i;
    }
    return -1 - text.length;
  }

  private gather(text: string): void {
    this.size += text.length;
    if (this.size > this.maxPart) this.part!.length = 0;
    else this.part!.push(text);
  }

  private finish(out: Part[]): void {
    const text = this.size > this.maxPart ? undefined : this.part!.join("");
    this.part = undefined;
    if (this.where === "key") {
      this.key = text === undefined ? "" : (parsed(text) as string);
      this.where = "colon";
      return;
    }
    out.push({ key: this.key, index: this.index++, text });
    if (this.where === "value") this.where = "key";
  }

  private begin(c: string): true {
    if (c === "}" || c === "]" || c === "," || c === ":") throw new Malformed();
    this.part = [];
    this.size = this.depth = 0;
    this.quoted = this.escaped = false;
    return true;
  }

  // between takes a character between parts and says whether one begins with it.
  private between(c: string): boolean {
    if (c === " " || c === "\n" || c === "\r" || c === "\t" || c === "\uFEFF") return false;
    switch (this.where) {
      case "start":
        this.inObject = c === "{";
        if (c !== "{" && c !== "[") throw new Malformed();
        this.where = this.inObject ? "key" : "item";
        return false;
      case "key":
        if (c === "}") this.where = "done";
        else if (c === '"') return this.begin(c);
        else if (c !== ",") throw new Malformed();
        return false;
      case "colon":
        if (c !== ":") throw new Malformed();
        this.where = "value";
        this.index = 0;
        return false;
      case "value":
        if (c !== "[") return this.begin(c);
        this.where = "item";
        return false;
      case "item":
        if (c === "]") this.where = this.inObject ? "key" : "done";
        else if (c !== ",") return this.begin(c);
        return false;
      case "done":
        throw new Malformed();
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Malformed();
  }
}
