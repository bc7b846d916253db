/** The loops over all records, compiled to WebAssembly; `parser/wasm` calls them. */
export { count } from './count'
export { decode, remember } from './decode'
export { merge, siftDown } from './merge'
export { walk } from './walk'
