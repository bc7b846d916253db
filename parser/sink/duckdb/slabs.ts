/**
 * Room for what waits, cut from large buffers that are used again and again. A buffer for each batch would be
 * the garbage collector's to free, which does not run while DuckDB is at work, and would leave holes in the
 * allocator's memory; these are so large that the allocator maps them by themselves, and take memory only where
 * something was written.
 */

/** Room is given in multiples of this. */
const GRAIN = 16 << 10
/** From here on glibc maps every buffer by itself. */
const SLAB_BYTES = 32 << 20
const SLAB_GRAINS = SLAB_BYTES / GRAIN

interface Slab {
  readonly buffer: ArrayBuffer
  /** By grain, 1 for those in use; undefined for a buffer that is one room's alone. */
  readonly used: Uint8Array | undefined
}

/** A part of a buffer, contents arbitrary. */
export interface Room {
  readonly slab: Slab
  /** Where it begins in the slab's buffer. */
  readonly start: number
  readonly bytes: number
}

/** Gives and takes back room. */
export class SlabStore {
  #slabs: Slab[] = []

  /** Bytes of all buffers that it keeps. */
  get bytes(): number {
    return this.#slabs.length * SLAB_BYTES
  }

  /** Room for at least this many bytes, the first there is, so that as little memory as possible is ever written. */
  take(bytes: number): Room {
    const grains = Math.ceil(bytes / GRAIN)
    if (grains > SLAB_GRAINS) {
      const size = grains * GRAIN
      return { slab: { buffer: new ArrayBuffer(size), used: undefined }, start: 0, bytes: size }
    }
    for (const slab of this.#slabs) {
      const at = findFree(slab.used as Uint8Array, grains)
      if (at >= 0) return takeAt(slab, at, grains)
    }
    const slab = { buffer: new ArrayBuffer(SLAB_BYTES), used: new Uint8Array(SLAB_GRAINS) }
    this.#slabs.push(slab)
    return takeAt(slab, 0, grains)
  }

  /** Forgets all buffers; rooms that are still in use keep theirs. */
  clear(): void {
    this.#slabs = []
  }

  /** Takes back room that nobody uses any more. */
  give({ slab, start, bytes }: Room): void {
    slab.used?.fill(0, start / GRAIN, (start + bytes) / GRAIN)
  }
}

function takeAt(slab: Slab, at: number, grains: number): Room {
  slab.used?.fill(1, at, at + grains)
  return { slab, start: at * GRAIN, bytes: grains * GRAIN }
}

/** The first of so many free grains in a row, or -1. */
function findFree(used: Uint8Array, grains: number): number {
  let at = used.indexOf(0)
  while (at >= 0 && at + grains <= used.length) {
    const taken = used.subarray(at, at + grains).lastIndexOf(1)
    if (taken < 0) return at
    at = used.indexOf(0, at + taken + 1)
  }
  return -1
}
