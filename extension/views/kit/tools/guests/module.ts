import { t } from "../../../../strings";
import { Wrong } from "./manifest";

const mostBytes = 32 << 20;
const pagesPerMB = 16; // of 64 KB
const memorySection = 5;

/** prepare compiles a module that may have at most some MB of memory. What no guest is given is refused with what that is. */
export async function prepare(module: Uint8Array<ArrayBuffer>, memoryMB: number): Promise<WebAssembly.Module> {
  if (module.length > mostBytes) throw new Wrong(t.guests.large(mostBytes));
  const compiled = await WebAssembly.compile(limited(module, memoryMB * pagesPerMB)).catch((error: unknown) => {
    throw error instanceof Wrong ? error : new Wrong(t.guests.module);
  });
  for (const { module: from, name } of WebAssembly.Module.imports(compiled)) {
    if (from !== "wasi_snapshot_preview1") throw new Wrong(t.guests.wants(`${from}.${name}`.slice(0, 120)));
  }
  const exported = WebAssembly.Module.exports(compiled);
  if (!exported.some((e) => e.name === "_start" && e.kind === "function")) throw new Wrong(t.guests.noStart);
  if (!exported.some((e) => e.name === "memory" && e.kind === "memory")) throw new Wrong(t.guests.module);
  return compiled;
}

// limited gives the module with a maximum on its memory, so that it cannot grow further: nobody else can set one from outside.
function limited(module: Uint8Array<ArrayBuffer>, most: number): Uint8Array<ArrayBuffer> {
  let at = 8;
  if (module.length < at || module[0] !== 0 || module[1] !== 0x61) throw new Wrong(t.guests.module);
  while (at < module.length) {
    const id = module[at]!;
    const size = read(module, at + 1);
    const end = size.end + size.value;
    if (id === memorySection) {
      const section = sectionOf(module.subarray(size.end, end), most);
      const out = new Uint8Array(at + section.length + module.length - end);
      out.set(module.subarray(0, at));
      out.set(section, at);
      out.set(module.subarray(end), at + section.length);
      return out;
    }
    at = end;
  }
  return module; // without memory it has nothing to grow
}

function sectionOf(body: Uint8Array, most: number): Uint8Array {
  const count = read(body, 0);
  const flags = body[count.end];
  if (count.value !== 1 || flags === undefined || flags > 1) throw new Wrong(t.guests.module); // 64-bit or shared memory is not for guests
  const least = read(body, count.end + 1);
  const own = flags === 1 ? read(body, least.end).value : most;
  if (least.value > most) throw new Wrong(t.guests.memory(most / pagesPerMB));
  const inner = [1, 1, ...written(least.value), ...written(Math.min(own, most))];
  return Uint8Array.from([memorySection, ...written(inner.length), ...inner]);
}

// Numbers stand in LEB128: seven bits a byte, the least first.
function read(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  throw new Wrong(t.guests.module);
}

function written(value: number): number[] {
  const out: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) out.push((value % 0x80) | 0x80);
  return [...out, value];
}
