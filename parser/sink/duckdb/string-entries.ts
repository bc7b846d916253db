/**
 * The strings of a `BytePool` as DuckDB sees them: 16-byte `string_t` entries, built once per
 * string and gathered by id afterwards.
 *
 * Layout of a `string_t` (DuckDB 1.5, `duckdb/common/types/string_type.hpp`), little-endian:
 *
 *     0  u32  length
 *     4  length <= 12: the bytes, zero-padded
 *        length  > 12: 4 bytes prefix, then u64 pointer to the bytes
 *
 * The long strings' bytes are given to DuckDB as one blob for all strings that are new since the
 * last call; the pointer in that blob's own entry is the base from which the others follow, so the
 * binding is called once per batch and never per string.
 */
import type { BytePool } from '../../batch/column-batch.ts'
import { TraceError } from '../../error.ts'
import { type DataChunk, duckdb, logicalType } from './binding.ts'

/** Longer strings are not in their entry. */
export const INLINE_BYTES = 12
/** Blobs per chunk: reading the last one's entry copies all before it. */
const SLOTS = 64

/** Bytes of memory that entries and what they lead to take, of all tables that somebody holds. */
export interface StringMemory {
  bytes: number
}

/** Entries of one generation of one pool, and the memory that their pointers lead to. */
export class EntryTable {
  /** The pool they were made for. */
  readonly pool: BytePool
  readonly generation: number
  /** Ids below this have an entry. */
  count = 0
  /** Four words per string, in order of ids; replaced when it grows. */
  words: Uint32Array = new Uint32Array(1024)
  /** What it adds to the memory of all. */
  #bytes = 0
  readonly #memory: StringMemory
  #slabs: DataChunk[] = []
  #used = SLOTS
  #users = 1

  constructor(pool: BytePool, memory: StringMemory) {
    this.pool = pool
    this.generation = pool.generation
    this.#memory = memory
    this.#add(this.words.byteLength)
  }

  /** Adds entries for strings that are new in the pool. Fails with ERR_SINK_WRITE. */
  extend(): void {
    const { bytes, start, count } = this.pool
    checkPool(this.pool, this.count)
    if (count * 4 > this.words.length) {
      const grown = new Uint32Array(Math.max(count * 4, this.words.length * 2))
      grown.set(this.words.subarray(0, this.count * 4))
      this.#add(grown.byteLength - this.words.byteLength)
      this.words = grown
    }
    const first = this.count
    const base = start[first] as number
    let [low, high] = [0, 0]
    if (hasLong(start, first, count)) {
      ;[low, high] = this.#keep(bytes.subarray(base, start[count] as number))
    }
    for (let i = first; i < count; i++) {
      const at = start[i] as number
      const length = (start[i + 1] as number) - at
      if (length <= INLINE_BYTES) writeInline(this.words, i, bytes, at, length)
      else writePointer(this.words, i, bytes, at, length, low + (at - base), high)
    }
    this.count = count
  }

  /** Somebody else needs the entries, until their `release`. */
  retain(): void {
    this.#users++
  }

  /** Gives up one use; the last one frees the memory at once, whatever the garbage collector does. */
  release(): void {
    if (--this.#users > 0) return
    for (const chunk of this.#slabs) duckdb.data_chunk_reset(chunk)
    this.#slabs = []
    this.#used = SLOTS
    this.count = 0
    this.words = new Uint32Array(0)
    this.#add(-this.#bytes)
  }

  #add(bytes: number): void {
    this.#bytes += bytes
    this.#memory.bytes += bytes
  }

  /** Copies bytes to memory that DuckDB owns; returns its address as two words. */
  #keep(bytes: Uint8Array): [number, number] {
    if (this.#used === SLOTS) {
      this.#slabs.push(duckdb.create_data_chunk([logicalType('BLOB')]))
      this.#used = 0
    }
    const chunk = this.#slabs[this.#slabs.length - 1] as DataChunk
    const vector = duckdb.data_chunk_get_vector(chunk, 0)
    const slot = this.#used++
    duckdb.vector_assign_string_element_len(vector, slot, bytes)
    this.#add(bytes.length)
    const data = duckdb.vector_get_data(vector, (slot + 1) * 16)
    const view = new DataView(data.buffer, data.byteOffset + slot * 16, 16)
    return [view.getUint32(8, true), view.getUint32(12, true)]
  }
}

/**
 * Gives the entries of whatever pool a batch comes with. The last two tables are kept, others as
 * long as somebody retains them: DuckDB copies strings whenever it keeps a chunk beyond the call
 * that hands it over, so rows already handed over need one at most.
 */
export class StringEntries {
  /** Of all tables that it gave and that are not released. */
  readonly memory: StringMemory = { bytes: 0 }
  #current: EntryTable | undefined
  #previous: EntryTable | undefined

  /** Of the pool's strings that were asked for last. */
  get generation(): number | undefined {
    return this.#current?.generation
  }

  /** Entries for all strings of the pool. Fails with ERR_SINK_WRITE when the pool is malformed. */
  of(pool: BytePool): EntryTable {
    let current = this.#current
    if (current === undefined || current.pool !== pool || current.generation !== pool.generation) {
      this.#previous?.release()
      this.#previous = current
      current = new EntryTable(pool, this.memory)
      this.#current = current
    }
    if (pool.count > current.count) current.extend()
    return current
  }

  /** Gives up the tables it keeps. */
  free(): void {
    this.#previous?.release()
    this.#current?.release()
    this.#previous = undefined
    this.#current = undefined
  }
}

function checkPool(pool: BytePool, from: number): void {
  const { bytes, start, count } = pool
  let sound = start.length > count
  for (let i = from; sound && i < count; i++)
    sound = (start[i] as number) <= (start[i + 1] as number)
  if (!sound || (start[count] as number) > bytes.length) {
    throw new TraceError('ERR_SINK_WRITE', `string pool of ${count} entries is malformed`)
  }
}

function hasLong(start: Uint32Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    if ((start[i + 1] as number) - (start[i] as number) > INLINE_BYTES) return true
  }
  return false
}

function word(bytes: Uint8Array, at: number, count: number): number {
  let value = 0
  for (let k = 0; k < count; k++) value |= (bytes[at + k] as number) << (k * 8)
  return value
}

function writeInline(
  words: Uint32Array,
  id: number,
  bytes: Uint8Array,
  at: number,
  length: number,
): void {
  words[id * 4] = length
  for (let k = 0; k < 3; k++) {
    words[id * 4 + 1 + k] = word(bytes, at + k * 4, Math.max(0, Math.min(4, length - k * 4)))
  }
}

function writePointer(
  words: Uint32Array,
  id: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  low: number,
  high: number,
): void {
  words[id * 4] = length
  words[id * 4 + 1] = word(bytes, at, 4)
  words[id * 4 + 2] = low
  words[id * 4 + 3] = high + (low > 0xffff_ffff ? 1 : 0)
}
