/** CPU streams over pages in memory, cut into chunks as a test wants them. */
import type { ChunkReader } from '../../parser/container/types.ts'
import { Diagnostics } from '../../parser/diagnostics.ts'
import type { Arena } from '../../parser/ring/arena.ts'
import { CpuStream, type StreamOptions } from '../../parser/ring/cpu-stream.ts'
import type { WalkLayout } from '../../parser/ring/walk-layout.ts'

/** Takes everything, corrects nothing. */
export const TAKE_ALL: StreamOptions = {
  wanted: null,
  from: undefined,
  to: undefined,
  correctTimes: undefined,
  skipChunk: undefined,
}

/** Hands out chunks; `offset` is their index, so that diagnostics can be told apart. */
export const chunkReader = (chunks: readonly Uint8Array[]): ChunkReader => {
  let index = -1
  return {
    get index() {
      return index
    },
    get offset() {
      return index
    },
    place: () => ({ index: index + 1, offset: index + 1, left: 0 }),
    seek(place) {
      index = place.index - 1
    },
    next() {
      if (index < chunks.length) index++
      return chunks[index]?.length ?? 0
    },
    read(target, targetOffset) {
      const chunk = chunks[index]!
      target.set(chunk, targetOffset)
      return chunk.length
    },
  }
}

/** A stream of `pages`, `perChunk` of them in a chunk. */
export const streamOf = (
  pages: readonly Uint8Array[],
  perChunk: number,
  layout: WalkLayout,
  arena: Arena,
  options: Partial<StreamOptions> = {},
): CpuStream => {
  const chunks: Uint8Array[] = []
  for (let i = 0; i < pages.length; i += perChunk)
    chunks.push(Buffer.concat(pages.slice(i, i + perChunk)))
  return new CpuStream(
    layout,
    chunkReader(chunks),
    arena,
    { ...TAKE_ALL, ...options },
    new Diagnostics(),
  )
}
