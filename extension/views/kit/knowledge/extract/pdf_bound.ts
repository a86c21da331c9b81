// pdf.js unpacks a stream whole and knows no limit: a few kilobytes may be packed so that they fill all memory.
const most = 128 << 20; // bytes in one piece, twice what a file may have

/** Bomb is what the worker says when a file wants more. */
export interface Bomb {
  bomb: true;
}

const bounded: Uint8ArrayConstructor = new Proxy(Uint8Array, {
  construct(target, args, by) {
    if (typeof args[0] === "number" && args[0] > most) {
      postMessage({ bomb: true } satisfies Bomb);
      throw new RangeError("the file unpacks to more than it may");
    }
    return Reflect.construct(target, args, by === bounded ? target : by) as object;
  },
});
globalThis.Uint8Array = bounded;
