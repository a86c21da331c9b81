// Loaded before the tests of this package run in a page of an extension: chrome.storage.local as the product reaches it, and
// an area with narrow limits.
import { storage } from "../../../../extension/background/platform";

const small: typeof storage = {
  get: async (keys) => JSON.stringify(await chrome.storage.sync.get(JSON.parse(keys) as string[] | null)),
  set: (items) => chrome.storage.sync.set(JSON.parse(items) as Record<string, unknown>),
  remove: (keys) => chrome.storage.sync.remove(JSON.parse(keys) as string[]),
  bytes: () => chrome.storage.sync.getBytesInUse(null),
};

Object.assign(globalThis, { kaiTest: { storage, small } });
