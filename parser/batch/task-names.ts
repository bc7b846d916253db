/**
 * The names threads had, over time. A name counts from the record that shows it; before the first
 * such record of a thread its earliest later name is the best guess, then saved_cmdlines, then
 * `<...>`; thread 0 is `<idle>`.
 */
import { doubled } from '../ring/doubled.ts'
import { StringPool } from './string-pool.ts'

const encoder = new TextEncoder()
/** Threads are numbered below PID_MAX_LIMIT (kernel `include/linux/threads.h`). */
const PID_LIMIT = 1 << 22

/**
 * Changes of names that are kept, and bytes of different names: with as many threads 250 MB in all. A machine that starts
 * ten programs a second has as many in a day; a file that was made to fill the memory has more.
 */
const MOST_CHANGES = 1 << 20
const MOST_NAME_BYTES = 16 << 20
/** Words of a change: thread, time (low, high), name. */
const WORDS = 4

/** Collects names in time order, then answers who a thread was at a given time. */
export class TaskNames {
  /** All names, by name id. */
  readonly names: StringPool = new StringPool()
  readonly #idle = this.#internText('<idle>')
  readonly #unknown = this.#internText('<...>')
  readonly #saved = new Map<number, number>()
  /** Changes that are kept. */
  readonly most: number
  /** Times that a name was not taken in because too many were. */
  missed = 0
  /** While learning: changes in time order. */
  #changes: Uint32Array = new Uint32Array(WORDS * 256)
  #count = 0
  readonly #latest = new Map<number, number>()
  /** After `seal`: entries grouped by thread. */
  #first: Int32Array = new Int32Array(0)
  #groupOf: Int32Array = new Int32Array(0)
  #entryLo: Uint32Array = new Uint32Array(0)
  #entryHi: Uint32Array = new Uint32Array(0)
  #entryName: Int32Array = new Int32Array(0)
  #poolIds: Int32Array = new Int32Array(0)
  /** Pool id of a thread with one name only, by thread; -1 = not looked up, or several. */
  #onlyPoolIds: Int32Array = new Int32Array(0)
  #poolGeneration = -1

  constructor(most: number = MOST_CHANGES) {
    this.most = most
  }

  /** Whether no more can be taken in. */
  get isFull(): boolean {
    return this.#count >= this.most || isFullOfNames(this.names)
  }

  /** A name was not taken in. */
  miss(): void {
    this.missed++
  }

  /** Adds the kernel's saved_cmdlines, already decoded to text. */
  addSaved(names: ReadonlyMap<number, string>): void {
    for (const [pid, name] of names) this.#saved.set(pid, this.#internText(name))
  }

  /** Notes that thread `pid` had the name `name` (an id of `names`) at the given time or later. */
  learn(pid: number, lo: number, hi: number, name: number): void {
    if (pid <= 0 || pid >= PID_LIMIT || this.#latest.get(pid) === name) return
    this.#latest.set(pid, name)
    const at = this.#count++ * WORDS
    if (at === this.#changes.length) this.#changes = doubled(this.#changes)
    this.#changes[at] = pid
    this.#changes[at + 1] = lo
    this.#changes[at + 2] = hi
    this.#changes[at + 3] = name
  }

  /** Ends learning; look-ups work from here on. */
  seal(): void {
    const count = this.#count
    const changes = this.#changes
    const end = count * WORDS
    let maxPid = 0
    for (let at = 0; at < end; at += WORDS) maxPid = Math.max(maxPid, changes[at]!)
    const sizes = new Int32Array(maxPid + 1)
    for (let at = 0; at < end; at += WORDS) sizes[changes[at]!]!++
    const groups = this.#latest.size
    this.#groupOf = new Int32Array(maxPid + 1).fill(-1)
    this.#first = new Int32Array(groups + 1)
    const next = new Int32Array(groups)
    let group = 0
    for (let pid = 0; pid <= maxPid; pid++) {
      if (sizes[pid] === 0) continue
      this.#groupOf[pid] = group
      next[group] = this.#first[group]!
      this.#first[group + 1] = this.#first[group]! + sizes[pid]!
      group++
    }
    this.#entryLo = new Uint32Array(count)
    this.#entryHi = new Uint32Array(count)
    this.#entryName = new Int32Array(count)
    for (let from = 0; from < end; from += WORDS) {
      const g = this.#groupOf[changes[from]!]!
      const at = next[g]!
      next[g] = at + 1
      this.#entryLo[at] = changes[from + 1]!
      this.#entryHi[at] = changes[from + 2]!
      this.#entryName[at] = changes[from + 3]!
    }
    this.#changes = new Uint32Array(0)
    this.#poolIds = new Int32Array(this.names.count)
    this.#onlyPoolIds = new Int32Array(maxPid + 1)
  }

  /** Name id of a thread at a time. */
  idAt(pid: number, lo: number, hi: number): number {
    if (pid === 0) return this.#idle
    const group = pid > 0 && pid < this.#groupOf.length ? this.#groupOf[pid]! : -1
    if (group < 0) return this.#saved.get(pid) ?? this.#unknown
    return this.#entryName[this.#entryAt(group, lo, hi)]!
  }

  /** Greatest entry of a thread's at or before the time; the first one when all are later. */
  #entryAt(group: number, lo: number, hi: number): number {
    let low = this.#first[group]!
    let high = this.#first[group + 1]!
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      const h = this.#entryHi[middle]!
      if (h < hi || (h === hi && this.#entryLo[middle]! <= lo)) low = middle
      else high = middle
    }
    return low
  }

  /** Same, as an id of another pool. */
  poolIdAt(pid: number, lo: number, hi: number, pool: StringPool): number {
    const only = this.onlyIds(pool)
    const known = pid >= 0 && pid < only.length
    if (known && only[pid]! >= 0) return only[pid]!
    const name = this.idAt(pid, lo, hi)
    let id = this.#poolIds[name]!
    if (id < 0) {
      const { bytes, start } = this.names
      id = pool.intern(bytes, start[name]!, start[name + 1]!)
      this.#poolIds[name] = id
    }
    if (known && this.#hasOneName(pid)) only[pid] = id
    return id
  }

  /**
   * By thread, the id in another pool of the only name it had; -1 for threads that were not looked
   * up yet, or had several. Valid until the pool is reset.
   */
  onlyIds(pool: StringPool): Int32Array {
    if (this.#poolGeneration !== pool.generation) {
      this.#poolGeneration = pool.generation
      this.#poolIds.fill(-1)
      this.#onlyPoolIds.fill(-1)
    }
    return this.#onlyPoolIds
  }

  /** True when a thread is called the same at all times. */
  #hasOneName(pid: number): boolean {
    const group = this.#groupOf[pid]!
    return group < 0 || this.#first[group + 1]! - this.#first[group]! === 1
  }

  /**
   * From when and until when (exclusive) a thread has the name that it has at a time, as four words
   * in `to`, low halves first: for ever where that name is the only one.
   */
  spanAt(pid: number, lo: number, hi: number, to: Int32Array, at: number): void {
    to.fill(0, at, at + 2)
    to.fill(-1, at + 2, at + 4)
    if (pid <= 0 || pid >= this.#groupOf.length) return
    const group = this.#groupOf[pid]!
    if (group < 0) return
    const entry = this.#entryAt(group, lo, hi)
    if (entry > this.#first[group]!) {
      to[at] = this.#entryLo[entry]!
      to[at + 1] = this.#entryHi[entry]!
    }
    if (entry + 1 === this.#first[group + 1]!) return
    to[at + 2] = this.#entryLo[entry + 1]!
    to[at + 3] = this.#entryHi[entry + 1]!
  }

  /** The last name known of a thread, as text. */
  lastName(pid: number): string {
    return this.text(this.idAt(pid, 0xffffffff, 0xffffffff))
  }

  /** Text of a name id. */
  text(name: number): string {
    const { bytes, start } = this.names
    return Buffer.from(
      bytes.buffer,
      bytes.byteOffset + start[name]!,
      start[name + 1]! - start[name]!,
    ).toString()
  }

  /** Threads that saved_cmdlines or any event named. */
  knownPids(): Set<number> {
    return new Set([...this.#saved.keys(), ...this.#latest.keys()])
  }

  #internText(text: string): number {
    const bytes = encoder.encode(text)
    return this.names.intern(bytes, 0, bytes.length)
  }
}

/** Whether there are more different names than are kept. */
export function isFullOfNames({ start, count }: StringPool): boolean {
  return start[count]! > MOST_NAME_BYTES
}
