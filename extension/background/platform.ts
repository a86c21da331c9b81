// The powers of the browser where all of its API is at hand: the service worker, and Firefox's event page.
import type { Facts, Storage } from "./contract";

const configKey = "kai-config";

/** storage is chrome.storage.local in JSON text. */
export const storage: Storage = {
  get: async (keys) => JSON.stringify(await chrome.storage.local.get(JSON.parse(keys) as string[] | null)),
  set: (items) => chrome.storage.local.set(JSON.parse(items) as Record<string, unknown>),
  remove: (keys) => chrome.storage.local.remove(JSON.parse(keys) as string[]),
  bytes: () => chrome.storage.local.getBytesInUse(null),
};

/** readFacts tells the configuration and whether this is a private window's copy of the extension. */
export async function readFacts(): Promise<Facts> {
  return {
    version: chrome.runtime.getManifest().version, // an offscreen document may not ask
    config: await readConfig(),
    private: chrome.extension?.inIncognitoContext ?? false,
  };
}

/** readConfig is the BrowserConfig as JSON text: what the person set, under what their organisation prescribes. */
export async function readConfig(): Promise<string> {
  const own = (await chrome.storage.local.get(configKey))[configKey];
  const prescribed = await managed();
  if (prescribed === undefined) return text(own);
  return JSON.stringify({ ...object(own), ...object(prescribed) });
}

// Without a policy Firefox rejects and Chromium answers nothing.
async function managed(): Promise<unknown> {
  try {
    return (await chrome.storage.managed?.get(configKey))?.[configKey];
  } catch {
    return undefined;
  }
}

// A configuration that can't be read is handed on as it is: the program says what is wrong with it.
function text(value: unknown): string {
  if (value === undefined) return "{}";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function object(value: unknown): Record<string, unknown> {
  try {
    const parsed: unknown = typeof value === "string" ? JSON.parse(value) : value;
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** UIMode says which views exist. */
export type UIMode = "popup" | "sidepanel" | "tab" | "all";

/** readUIMode is the configured ui_mode; all, when it says nothing that is understood. */
export async function readUIMode(): Promise<UIMode> {
  const mode = object(await readConfig())["ui_mode"];
  return mode === "popup" || mode === "sidepanel" || mode === "tab" ? mode : "all";
}

/** onConfigChange calls back when the configuration changed. */
export function onConfigChange(changed: () => void): void {
  chrome.storage.onChanged.addListener((changes, area) => {
    if (configKey in changes && (area === "local" || area === "managed")) changed();
  });
}
