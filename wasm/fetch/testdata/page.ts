// Loaded before the tests of this package run in a browser: what the host gives the program to read bodies with.
import { pump } from "../../../extension/background/pump";

Object.assign(globalThis, { kaiPump: pump });
