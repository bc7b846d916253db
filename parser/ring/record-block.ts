/** Extents and times of records, one array per property; grown once, reused for every chunk. */
export class RecordBlock {
  /** Records held. */
  count = 0
  /** Arena offset of each record's payload (the event's bytes, common fields included). */
  offset: Uint32Array
  /** Payload bytes, up to 3 more than the event's own because of padding. */
  size: Uint32Array
  /** Time stamp, low and high half; in ns (or clock ticks) after the file's corrections. */
  tsLo: Uint32Array
  tsHi: Uint32Array
  /** `common_type`: the event id. */
  id: Uint16Array
  /** Events lost just before this record: 0 none, -1 some, number unknown. */
  missed: Float64Array
  /** Arena offset and bytes of the kernel_stack record that belongs to this one; size 0 = none. */
  stackOffset: Uint32Array
  stackSize: Uint32Array
  /** The same for user_stack. */
  userStackOffset: Uint32Array
  userStackSize: Uint32Array

  constructor(capacity: number) {
    this.offset = new Uint32Array(capacity)
    this.size = new Uint32Array(capacity)
    this.tsLo = new Uint32Array(capacity)
    this.tsHi = new Uint32Array(capacity)
    this.id = new Uint16Array(capacity)
    this.missed = new Float64Array(capacity)
    this.stackOffset = new Uint32Array(capacity)
    this.stackSize = new Uint32Array(capacity)
    this.userStackOffset = new Uint32Array(capacity)
    this.userStackSize = new Uint32Array(capacity)
  }

  /** Moves the entries from `from` on to the front; what was before them is forgotten. */
  keepFrom(from: number): void {
    const kept = this.count - from
    for (const array of this.#arrays()) array.copyWithin(0, from, this.count)
    this.count = kept
  }

  /** Copies entry `from` over entry `to`; used to close gaps when entries are filtered. */
  moveEntry(from: number, to: number): void {
    for (const array of this.#arrays()) array[to] = array[from]!
  }

  #arrays(): (Uint32Array | Uint16Array | Float64Array)[] {
    return [
      this.offset,
      this.size,
      this.tsLo,
      this.tsHi,
      this.id,
      this.missed,
      this.stackOffset,
      this.stackSize,
      this.userStackOffset,
      this.userStackSize,
    ]
  }
}
