/** Interns byte strings of a reader's batches: equal bytes, equal id, no JavaScript string made. */
import { escapeText, isUtf8Text, MAX_ESCAPE } from '../event/text.ts'
import type { BytePool } from './column-batch.ts'

const MAX_BYTES = 8 << 20
const MAX_STRINGS = 1 << 18
/** Strings whose ids are remembered; repetitions come early. */
const MAX_TEXTS = 1 << 12
const FNV_BASIS = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** Generations are numbered across all pools, so that a number stands for one set of ids only. */
let generations = 0

/** A growing pool; `reset` voids all ids and begins a new generation. */
export class StringPool implements BytePool {
  generation: number = generations++
  count = 0
  bytes: Uint8Array = new Uint8Array(1 << 14)
  start: Uint32Array = new Uint32Array(1 << 9)
  #hashes: Uint32Array = new Uint32Array(1 << 9)
  /** Open addressing: id + 1, 0 = free. */
  #slots: Int32Array = new Int32Array(1 << 10)
  /** Ids of JavaScript strings met before. */
  readonly #texts = new Map<string, number>()

  /** True when the pool should be reset as soon as no batch refers to it. */
  get isFull(): boolean {
    return this.count > MAX_STRINGS || this.start[this.count]! > MAX_BYTES
  }

  /** Forgets all strings. */
  reset(): void {
    this.generation = generations++
    this.count = 0
    this.#slots.fill(0)
    this.#texts.clear()
  }

  /** Id of the bytes `from … to` of `source`. */
  intern(source: Uint8Array, from: number, to: number): number {
    let hash = FNV_BASIS
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ source[i]!, FNV_PRIME)
    return this.internHashed(source, from, to, hash >>> 0)
  }

  /** Id of text in whatever encoding: bytes that are not UTF-8 go in as `\xNN`. */
  internText(source: Uint8Array, from: number, to: number): number {
    if (isUtf8Text(source, from, to)) return this.intern(source, from, to)
    const escaped = new Uint8Array((to - from) * MAX_ESCAPE)
    return this.intern(escaped, 0, escapeText(source, from, to, escaped, 0))
  }

  /** Id of a string's UTF-8. */
  internString(text: string): number {
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    const bytes = Buffer.from(text)
    const id = this.intern(bytes, 0, bytes.length)
    if (this.#texts.size < MAX_TEXTS) this.#texts.set(text, id)
    return id
  }

  /** Same as `intern`, with the FNV-1a hash of the bytes already at hand. */
  internHashed(source: Uint8Array, from: number, to: number, hash: number): number {
    const length = to - from
    const mask = this.#slots.length - 1
    const { bytes, start } = this
    let slot = (hash ^ (hash >>> 15)) & mask
    for (;;) {
      const entry = this.#slots[slot]!
      if (entry === 0) return this.#add(source, from, length, hash, slot)
      const id = entry - 1
      const at = start[id]!
      if (this.#hashes[id] === hash && start[id + 1]! - at === length) {
        let i = 0
        while (i < length && bytes[at + i] === source[from + i]) i++
        if (i === length) return id
      }
      slot = (slot + 1) & mask
    }
  }

  #add(source: Uint8Array, from: number, length: number, hash: number, slot: number): number {
    const id = this.count
    if (id + 2 > this.start.length) {
      this.start = grown(this.start, this.start.length * 2)
      this.#hashes = grown(this.#hashes, this.start.length)
    }
    const at = this.start[id]!
    if (at + length > this.bytes.length) {
      const bytes = new Uint8Array(Math.max(this.bytes.length * 2, at + length))
      bytes.set(this.bytes.subarray(0, at))
      this.bytes = bytes
    }
    for (let i = 0; i < length; i++) this.bytes[at + i] = source[from + i]!
    this.start[id + 1] = at + length
    this.#hashes[id] = hash
    this.#slots[slot] = id + 1
    this.count = id + 1
    if (this.count * 2 > this.#slots.length) this.#rehash()
    return id
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2)
    const mask = slots.length - 1
    for (let id = 0; id < this.count; id++) {
      const hash = this.#hashes[id]!
      let slot = (hash ^ (hash >>> 15)) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = id + 1
    }
    this.#slots = slots
  }
}

function grown(array: Uint32Array, length: number): Uint32Array {
  const copy = new Uint32Array(length)
  copy.set(array)
  return copy
}
