/**
 * The loops over all records, compiled to WebAssembly from `wasm/`: a third of the time of the same in
 * JavaScript, and at full speed from the first record on. They need records in little-endian words; where they
 * cannot be had, the loops in JavaScript do the same.
 */
import { readFileSync } from 'node:fs'

/** What is used of WebAssembly, which the types of Node leave out; undefined where Node has no compiler (--jitless). */
declare const WebAssembly:
  | {
      readonly Module: new (bytes: Uint8Array) => WasmModule
      readonly Instance: new (module: WasmModule, imports: object) => { readonly exports: unknown }
      readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer }
    }
  | undefined
/** A compiled module. */
interface WasmModule {
  readonly wasm?: never
}

/** What `merge` returns beside the number of a stream to load. */
export const MERGE_ENDED = -1
export const MERGE_FULL = -2

/** Words of a stream that is merged, and of the merge; see `wasm/layout.ts`. */
export const STREAM_WORDS = 4
export const POSITION = 0
export const VISIBLE = 1
export const BLOCK = 2
export const RANK = 3
export const HEAP_SIZE = 1

/** The functions; numbers are addresses in the memory unless said otherwise in `wasm/`. */
export interface Loops {
  walk(walker: number, start: number, end: number): number
  count(counter: number, block: number, visible: number, row: number): number
  learn(counter: number, lesson: number, entry: number): void
  merge(merger: number): number
  lines(state: number, merger: number): number
  siftDown(merger: number, place: number): void
  decode(table: number, from: number, to: number): number
  remember(texts: number, place: number, bytes: number, id: number): void
}

const PAGE = 1 << 16
/** Addresses are to be small integers to V8. */
const MOST_BYTES = 1 << 30
/** Of each piece of memory: what vectors like. */
const ALIGNMENT = 16

/** Memory that the loops work in, for one pass; pieces are taken and never given back. */
export class LoopMemory {
  readonly buffer: ArrayBuffer
  readonly loops: Loops
  #used = 0

  /** Throws a RangeError where there is no room for so much. */
  constructor(bytes: number, wasm: typeof WebAssembly & object, module: WasmModule) {
    const memory = new wasm.Memory({ initial: Math.ceil(bytes / PAGE) })
    const { exports } = new wasm.Instance(module, { env: { memory } })
    this.buffer = memory.buffer
    this.loops = exports as Loops
  }

  /** Address of `bytes` bytes, zeros. */
  take(bytes: number): number {
    const at = this.#used
    this.#used = at + roundUp(bytes)
    if (this.#used > this.buffer.byteLength)
      throw new RangeError(`memory of ${this.buffer.byteLength} bytes has no ${bytes} left`)
    return at
  }
}

/** What `take` uses up for so many bytes. */
export function roundUp(bytes: number): number {
  return (bytes + ALIGNMENT - 1) & -ALIGNMENT
}

let module: WasmModule | null | undefined

/** Memory of at least `bytes` bytes; undefined where WebAssembly or so much room cannot be had. */
export function openLoops(bytes: number): LoopMemory | undefined {
  if (bytes > MOST_BYTES || process.env.TRACEDUCK_LOOPS === 'js') return undefined
  module ??= loadModule()
  if (!module || typeof WebAssembly === 'undefined') return undefined
  try {
    return new LoopMemory(bytes, WebAssembly, module)
  } catch (cause) {
    if (cause instanceof RangeError) return undefined
    throw cause
  }
}

function loadModule(): WasmModule | null {
  if (typeof WebAssembly === 'undefined') return null
  try {
    return new WebAssembly.Module(readFileSync(new URL('./loops.wasm', import.meta.url)))
  } catch {
    // A build without it, or a Node that may not compile it: slower, and nothing else.
    return null
  }
}
