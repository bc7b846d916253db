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

const INLINE_BYTES = 12
/** Blobs per chunk: reading the last one's entry copies all before it. */
const SLOTS = 64

/** Entries of one pool generation and the memory their pointers lead to. */
class Generation {
  readonly id: number
  count = 0
  /** Four words per string. */
  words = new Uint32Array(1024)
  #slabs: DataChunk[] = []
  #used = SLOTS

  constructor(id: number) {
    this.id = id
  }

  extend(pool: BytePool): void {
    const { bytes, start, count } = pool
    checkPool(pool, this.count)
    if (count * 4 > this.words.length) {
      const grown = new Uint32Array(Math.max(count * 4, this.words.length * 2))
      grown.set(this.words.subarray(0, this.count * 4))
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
    const data = duckdb.vector_get_data(vector, (slot + 1) * 16)
    const view = new DataView(data.buffer, data.byteOffset + slot * 16, 16)
    return [view.getUint32(8, true), view.getUint32(12, true)]
  }

  /** Frees the strings' memory now, not when the garbage collector gets to it. */
  free(): void {
    for (const chunk of this.#slabs) duckdb.data_chunk_reset(chunk)
    this.#slabs = []
    this.#used = SLOTS
    this.count = 0
  }
}

/**
 * Keeps `string_t` entries for one pool. Entries gathered from it are good until the pool's
 * generation has changed twice, or `free()`: DuckDB copies strings whenever it keeps a chunk beyond
 * the call that hands it over, so one generation would do.
 */
export class StringEntries {
  #current: Generation | undefined
  #previous: Generation | undefined

  /** Brings the entries up to date with the pool. Fails with ERR_SINK_WRITE when it is malformed. */
  update(pool: BytePool): void {
    if (this.#current?.id !== pool.generation) {
      this.#previous?.free()
      this.#previous = this.#current
      this.#current = new Generation(pool.generation)
    }
    const current = this.#current as Generation
    if (pool.count > current.count) current.extend(pool)
  }

  /** Entries there are: ids below this may be asked for. */
  get count(): number {
    return this.#current?.count ?? 0
  }

  /** Four words per string, in order of ids; valid until the next `update`. */
  get words(): Uint32Array {
    return this.#current?.words ?? new Uint32Array(0)
  }

  /** Releases all memory; nothing may refer to gathered entries any more. */
  free(): void {
    this.#previous?.free()
    this.#current?.free()
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
