/** The loops over all records, compiled to WebAssembly; `parser/wasm` calls them. */
export { count, learn } from './count'
export { decode } from './decode'
export { lines } from './lines'
export { merge, siftDown } from './merge'
export { remember } from './text'
export { walk } from './walk'
