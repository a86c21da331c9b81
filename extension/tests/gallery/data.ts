import type { Conversation, DiscoveredService, FoundHit, Message, ServiceView, Snapshot, SyncState } from "../../gen/wire";

export const now = Date.now();
const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString();

const titles: [string, number][] = [
  ["Why the sky turns red at dusk", 2], ["Kettle descaling with citric acid", 50], ["Regex for ISO dates", 190],
  ["Holiday plan: five days in Lisbon", 1500], ["Summary: A short history of the bicycle", 1700], ["Letter to the landlord about heating", 2000],
  ["Go generics: constraints and when not to use them in library code", 4200], ["Sourdough, second try", 5000], ["What is a monad, really", 7000],
  ["Budget spreadsheet formulas", 12000], ["Names for a grey cat", 20000], ["Bash: rename files in bulk", 30000], ["Birthday poem for Ada", 60000],
];

export function conversations(count: number): Conversation[] {
  return Array.from({ length: count }, (_, i) => {
    const [title, minutes] = titles[i] ?? [`${titles[i % titles.length]![0]} (${Math.floor(i / titles.length) + 1})`, 60_000 + i * 700];
    return { id: `c${i}`, title, created: ago(minutes + 5), updated: ago(minutes), service: "s1", model: "gemma3:4b" };
  });
}

const gib = 1024 ** 3;
export const ollama: ServiceView = {
  id: "s1", kind: "ollama", name: "Ollama", url: "http://localhost:11434",
  health: {
    state: "ready", version: "0.12.3", via: "kai", millis: 4, models: [
      { name: "gemma3:4b", size: 3.3 * gib, parameters: "4.3B", capabilities: ["completion", "vision"] },
      { name: "gemma3:270m", size: 0.29 * gib, parameters: "268M", capabilities: ["completion"] },
      { name: "qwen3:8b", size: 5.2 * gib, parameters: "8.2B", capabilities: ["completion", "thinking", "tools"] },
      { name: "nomic-embed-text", size: 0.27 * gib, capabilities: ["embedding"] },
    ],
  },
};
export const openai: ServiceView = {
  id: "s2", kind: "openai-compatible", name: "llama.cpp at home", url: "http://192.168.1.20:8080/v1", hasKey: true,
  health: { state: "ready", millis: 21, via: "runtime", models: [{ name: "mistral-small-24b" }] },
};

export function discovered(): DiscoveredService[] {
  const get = "Get it from https://ollama.com, install and start it.";
  const at = (name: string, url: string, health: DiscoveredService["health"], kind = "openai-compatible"): DiscoveredService =>
    ({ kind, name, url, get, health });
  return [
    at("Ollama", "http://localhost:11434", ollama.health!, "ollama"),
    at("LM Studio", "http://localhost:1234/v1", { state: "no_models", millis: 3 }),
    at("vLLM", "http://localhost:8000/v1", { state: "wrong", millis: 2, detail: "The answer was a web page." }),
    at("llama.cpp", "http://localhost:8080/v1", { state: "offline", millis: 1 }),
  ];
}

export function snapshot(some: Partial<Snapshot> = {}): Snapshot {
  return {
    version: "0.1.0", mode: "browser", uiMode: "all", settings: { theme: "system", welcomed: true },
    services: [ollama, openai, { id: "s3", kind: "openai-compatible", name: "Office server", url: "http://office:8000/v1", health: { state: "timeout", millis: 3000 } }],
    kinds: [
      { kind: "ollama", name: "Ollama", defaultUrl: "http://localhost:11434", get: "Get it from https://ollama.com.", can: ["chat", "embed", "manage_models"] },
      { kind: "openai-compatible", name: "OpenAI-compatible", defaultUrl: "http://localhost:8000/v1", get: "Any server with that API.", can: ["chat", "embed"] },
      { kind: "openai", name: "OpenAI", defaultUrl: "https://api.openai.com/v1", get: "Make a key.", can: ["chat", "embed"], cloud: true },
    ],
    conversations: conversations(50), more: false, runs: [],
    storage: { backend: "indexeddb", durable: true, bytes: 14_200_000, quota: 2_000_000_000 },
    companion: { state: "connected", version: "0.1.0" }, ...some,
  };
}

const answer = `At dusk, sunlight crosses **much more air** before it reaches you, and air scatters short waves far more than long ones.

## What happens

1. Around noon the light comes from above, through about 10 km of dense air.
2. At sunset it comes in flat, through roughly *forty times* as much.
3. Blue (\`450 nm\`) is scattered away on that path; red (\`700 nm\`) is left.

The strength of Rayleigh scattering goes with the inverse fourth power of the wavelength:

\`\`\`python
def scattering(wavelength_nm: float) -> float:
    """Relative to red light at 700 nm."""
    return (700 / wavelength_nm) ** 4

print(scattering(450))  # 5.86: blue is scattered almost six times as much
\`\`\`

| Colour | Wavelength | Scattered, relative to red |
|---|---:|---:|
| Violet | 400 nm | 9.4 |
| Blue | 450 nm | 5.9 |
| Green | 530 nm | 3.0 |
| Red | 700 nm | 1.0 |

> After a volcanic eruption fine ash makes it stronger still: paintings from the years after Krakatoa show it.

More on [Rayleigh scattering](https://en.wikipedia.org/wiki/Rayleigh_scattering), with ![a diagram](https://example.org/a.png).`;

export function messages(): Message[] {
  return [
    { id: "m1", conversation: "c0", role: "user", text: "Why does the sky turn red at dusk?", created: ago(4), attachments: [
      { type: "page", title: "Atmospheric optics – an introduction", url: "https://example.org/optics", text: "Light ".repeat(4000), truncated: true },
    ] },
    { id: "m2", conversation: "c0", role: "assistant", text: answer, thinking: "They want the physics, with an example.", created: ago(3), run: "r1", state: "done", service: "s1", model: "gemma3:4b",
      stats: { tokens: 412, tokensPerSecond: 42.6, millis: 9700 } },
    { id: "m3", conversation: "c0", role: "user", text: "And why not violet, then?", created: ago(2) },
  ];
}

const word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";

/** long is a conversation in which everything is longer, wider or the other way round than anyone would like. */
export function long(): Message[] {
  const text = `# A heading that goes on for longer than a narrow panel has room for, and then some more

A word: ${word}. A link: https://example.org/${"a-very-long-path/".repeat(8)}. Inline \`${"code_".repeat(20)}\`.

\`\`\`typescript
export const line = "${"a line of code that is far wider than the panel ".repeat(3)}"; // scrolls in its frame
function next(): number {
  return 42;
}
\`\`\`

| ${["Year", "Population", "Area", "Density", "Largest city", "Language", "Currency", "Remarks"].join(" | ")} |
|${"---|".repeat(8)}
| ${["2025", "83,600,000", "357,600 km²", "234 /km²", "Berlin", "German", "Euro", "a remark of some length"].join(" | ")} |
| ${["2024", "83,500,000", "357,600 km²", "233 /km²", "Berlin", "German", "Euro", "another remark"].join(" | ")} |

هذا نص عربي قصير يُكتب من اليمين إلى اليسار، وفيه كلمة English في الوسط.

- [x] done
- [ ] open
  1. inner one
  2. inner two

> Quoted, with *emphasis* and <b>raw HTML</b> shown as it is.

${"A paragraph that simply is long, as they are when a model has been asked for an essay. ".repeat(4)}`;
  return [
    { id: "m1", conversation: "c0", role: "user", text: `${word} — ${"what does this word mean, and how is it put together? ".repeat(4)}`, created: ago(4) },
    { id: "m2", conversation: "c0", role: "assistant", text, thinking: "The person asks for a lot.\n".repeat(6), created: ago(3), run: "r1", state: "done", model: "hf.co/some-organisation/a-model-with-a-very-long-name-GGUF:Q4_K_M", stats: { tokens: 2048, tokensPerSecond: 7.25, millis: 282_000, reason: "length" } },
    { id: "m3", conversation: "c0", role: "user", text: "اكتب لي قصيدة قصيرة عن المطر", created: ago(2) },
    { ...live(), id: "m4", state: "stopped", text: "مطرٌ على النافذة، وأغنيةٌ قديمة." },
  ];
}

/** synced is how kai exchanges with a browser and with a kai that can't read what it keeps. */
export function synced(): SyncState {
  return {
    device: "d1", lost: [], devices: [
      { id: "d1", name: "Chromium", connected: true, last: ago(1) },
      { id: "d2", name: "Rented server", kind: "kai", connected: true, last: ago(1), encrypted: true },
      { id: "d3", name: "Firefox on the old computer", last: ago(9000), waiting: 12 },
    ],
  };
}

/** wrong is a service in each state that it can be in. */
export function wrong(): ServiceView[] {
  const states: [string, string][] = [
    ["no_models", ""], ["offline", ""], ["forbidden", "The answer was 403 Forbidden."], ["unauth", ""], ["wrong", "The answer was a web page."],
    ["error", "500: the model runner ended unexpectedly"], ["timeout", ""], ["unknown", ""], ["locked", ""],
  ];
  return states.map(([state, detail], i) => ({
    id: `w${i}`, kind: i < 3 ? "ollama" : "openai-compatible", name: i === 4 ? `A service with the name ${word}` : ["Ollama", "Ollama on the big computer", "Ollama", "OpenRouter", "", "vLLM", "Office server", "LM Studio", "OpenAI"][i]!,
    url: i === 4 ? `http://192.168.1.20:8080/${"path/".repeat(20)}` : `http://localhost:${11434 + i}`, health: state === "unknown" ? undefined : { state, detail, millis: 3 },
  })) as ServiceView[];
}

export function live(): Message {
  return { id: "m4", conversation: "c0", role: "assistant", text: "Three reasons. The sun itself gives off **less violet** than blue; the upper air absorbs part of what there", thinking: "Short answer.", created: ago(1), run: "r2", state: "running", delta: 20, model: "gemma3:4b" };
}

export function failed(): Message {
  return { ...live(), state: "failed", thinking: undefined, fault: { code: "unavailable", message: "Ollama closed the connection in the middle of the answer", remedy: "see whether it is still running, then try again" } };
}

export function hits(): FoundHit[] {
  const rows = conversations(5);
  return [
    { conversation: rows[0]!, snippet: rows[0]!.title },
    { conversation: rows[0]!, message: "m2", role: "assistant", snippet: "…sunlight crosses much more air before it reaches you, and the sky scatters short waves far more than long ones…" },
    { conversation: rows[3]!, message: "m9", role: "user", snippet: "…a rooftop with a view of the sky, not too far from the river…" },
  ];
}
