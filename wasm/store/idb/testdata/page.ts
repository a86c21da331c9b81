// Loaded before the tests of this package run in a browser.
import { makeIdbShim } from "../shim";

Object.assign(globalThis, { kaiTest: { idb: makeIdbShim() } });
