// The hot path of wasm/store/idb is kept beside the Go code that calls it.
export { makeIdbShim, type IdbShim } from "../../wasm/store/idb/shim";
