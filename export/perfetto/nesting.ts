/** Slices that lie inside each other, as calls do. */
import type { PacketWriter } from './packets.ts'

/**
 * Ends slices when they are over. Slices of a track are given in the order of their begin, the
 * outer one first; tracks come one after the other.
 */
export class Nesting {
  readonly #packets: PacketWriter
  #track = 0
  /** Ends of the slices that are open, innermost last. */
  readonly #ends: bigint[] = []

  constructor(packets: PacketWriter) {
    this.#packets = packets
  }

  /** Begins a slice, and ends those before it; false, and nothing is begun, where it outlasts the one around it. */
  begin(track: number, ts: bigint, end: bigint, name: string): boolean {
    this.leaveTo(track, ts)
    const around = this.#ends.at(-1)
    if (around !== undefined && end > around) return false
    this.#ends.push(end)
    this.#packets.beginSlice(track, ts, name)
    return true
  }

  /** Ends what is over at `ts` on `track`, and everything on another one. */
  leaveTo(track: number, ts: bigint): void {
    if (track !== this.#track) this.finish()
    this.#track = track
    while (this.#ends.length > 0 && this.#ends.at(-1)! <= ts) this.#endInnermost()
  }

  /** Ends everything. */
  finish(): void {
    while (this.#ends.length > 0) this.#endInnermost()
  }

  #endInnermost(): void {
    this.#packets.endSlice(this.#track, this.#ends.pop()!)
  }
}
