/**
 * What has to come out of a trace.dat that is cut: by the independent reader, from the whole file.
 */

import { walkPage } from './reference-page.ts'
import {
  type ReferenceBuffer,
  type ReferenceTrace,
  readReference,
  referencePages,
} from './reference-reader.ts'

/** Records by `buffer/cpu`, in file order: time and bytes. */
export type RecordLists = ReadonlyMap<string, readonly string[]>

/** All records of a whole file. */
export const recordLists = (bytes: Uint8Array): RecordLists => {
  const t = readReference(bytes)
  const lists = new Map<string, string[]>()
  forEachPage(t, (key, page) => {
    const list = lists.get(key) ?? []
    lists.set(key, [...list, ...recordsOf(page, t)])
  })
  return lists
}

const recordsOf = (page: Uint8Array, t: ReferenceTrace): string[] =>
  [...walkPage(page, t)].map(
    ({ ts, payload }) => `${ts} ${Buffer.from(payload).toString('latin1')}`,
  )

const forEachPage = (t: ReferenceTrace, each: (key: string, page: Uint8Array) => void): void => {
  for (const buffer of t.buffers) {
    for (const cpu of buffer.cpus) {
      for (const page of referencePages(t, buffer, cpu)) each(`${buffer.name}/${cpu.cpu}`, page)
    }
  }
}

/**
 * How many records, by `buffer/cpu`, are in sub-buffers that are whole in the first `cut` bytes; of
 * compressed data only whole chunks can be.
 */
export const wholeBefore = (bytes: Uint8Array, cut: number): ReadonlyMap<string, number> => {
  const t = readReference(bytes)
  const counts = new Map<string, number>()
  for (const buffer of t.buffers) {
    for (const cpu of buffer.cpus) {
      const key = `${buffer.name}/${cpu.cpu}`
      let left = pagesBefore(t, buffer, cpu, cut)
      let records = 0
      for (const page of referencePages(t, buffer, cpu)) {
        if (left-- <= 0) break
        records += recordsOf(page, t).length
      }
      counts.set(key, records)
    }
  }
  return counts
}

const pagesBefore = (
  t: ReferenceTrace,
  buffer: ReferenceBuffer,
  { offset, size }: { readonly offset: number; readonly size: number },
  cut: number,
): number => {
  if (size === 0) return 0
  if (t.compression === 'none') {
    return Math.max(0, Math.floor((Math.min(cut, offset + size) - offset) / buffer.pageSize))
  }
  const view = new DataView(t.bytes.buffer, t.bytes.byteOffset, t.bytes.byteLength)
  const le = t.littleEndian
  let pages = 0
  let at = offset + 4
  for (let left = view.getUint32(offset, le); left > 0; left--) {
    const unpacked = view.getUint32(at + 4, le)
    at += 8 + view.getUint32(at, le)
    if (at > cut) break
    pages += unpacked / buffer.pageSize
  }
  return pages
}

/** Where the sub-buffers of a file begin and end. */
export const dataRange = (bytes: Uint8Array): { readonly start: number; readonly end: number } => {
  const cpus = readReference(bytes).buffers.flatMap(({ cpus }) => cpus)
  const full = cpus.filter(({ size }) => size > 0)
  return {
    start: Math.min(...full.map(({ offset }) => offset)),
    end: Math.max(...full.map(({ offset, size }) => offset + size)),
  }
}
