/** Where the sub-buffers are in the raw file of a recording that did not live to say so. */
import { closeSync, openSync } from 'node:fs'
import { readFully, writeAll } from '../writer/file-io.ts'
import { emptyTally, type PageShape, soundPages } from '../writer/sound-pages.ts'
import type { RawBuffer } from './finish.ts'
import type { Region } from './raw-file.ts'
import { pageLayout } from './raw-recording.ts'
import type { RecordingState } from './state.ts'
import { seekData, seekHole } from './syscalls.ts'
import type { Segment } from './types.ts'

/**
 * Finds what readers had written. The last sub-buffer of a CPU may have been written in part: what
 * is not there of it is left out of it, in the file.
 */
export function findPages(raw: string, state: RecordingState): RawBuffer[] {
  const page = pageLayout(state.metadata)
  const fd = openSync(raw, 'r+')
  try {
    return state.buffers.map((buffer) => {
      const bytes = buffer.subBufferBytes
      const own = { ...page, dataSize: bytes - page.dataOffset }
      const shape = { littleEndian: true, page: own, bytes }
      const regions = state.regions.filter((region) => region.buffer === buffer.name)
      const cpus = regions.map((region) => ({
        cpu: region.cpu,
        segments: mendLast(fd, findSegments(fd, region, bytes), shape),
      }))
      return { ...buffer, cpus }
    })
  } finally {
    closeSync(fd)
  }
}

/**
 * Sub-buffers stand without gaps from the first that was kept. One that keeps only the last KB of a
 * CPU starts over at the beginning when its region is full: the older part then ends the region.
 */
function findSegments(fd: number, region: Region, pageBytes: number): Segment[] {
  const limit = region.offset + region.room
  const first = seekData(fd, region.offset) ?? limit
  if (first >= limit) return []
  const hole = Math.min(seekHole(fd, first), limit)
  const second = hole < limit ? (seekData(fd, hole) ?? limit) : limit
  const older = second < limit ? run(fd, region, second, limit, pageBytes) : []
  return [...older, ...run(fd, region, first, hole, pageBytes)]
}

/** Whole sub-buffers from `from` to `to`; no sub-buffer begins with a time of 0. */
function run(fd: number, region: Region, from: number, to: number, pageBytes: number): Segment[] {
  const start = from - ((from - region.offset) % pageBytes)
  const limit = region.offset + region.room
  let low = 0
  let high = Math.min(Math.ceil((to - start) / pageBytes), Math.floor((limit - start) / pageBytes))
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (hasPage(fd, start + middle * pageBytes)) low = middle + 1
    else high = middle
  }
  return low === 0 ? [] : [{ offset: start, size: low * pageBytes }]
}

function hasPage(fd: number, offset: number): boolean {
  const time = new Uint8Array(8)
  return readFully(fd, time, offset) === time.length && time.some((byte) => byte !== 0)
}

function mendLast(fd: number, segments: Segment[], shape: PageShape): Segment[] {
  const last = segments.at(-1)
  if (last === undefined) return segments
  const at = last.offset + last.size - shape.bytes
  const bytes = new Uint8Array(shape.bytes)
  readFully(fd, bytes, at)
  const [sound] = soundPages([bytes], shape, emptyTally())
  if (sound !== undefined) {
    if (Buffer.compare(sound, bytes) !== 0) writeAll(fd, sound, at)
    return segments
  }
  const rest = { offset: last.offset, size: last.size - shape.bytes }
  return [...segments.slice(0, -1), ...(rest.size > 0 ? [rest] : [])]
}
