/** Writes a recording anew with the same sub-buffers in another packing. */
import { makeTrace, type TraceSpec } from './make-trace.ts'
import { readReference, referencePages } from './reference-reader.ts'

/** Options that only say where sections are; the writer makes its own. */
const PLACES: ReadonlySet<number> = new Set([3, 8, 15, 16, 17, 18, 19, 20, 21, 22, 23, 25])

/**
 * The same trace in another version, codec, chunk size or order of sections. All buffers of a v6
 * file have sub-buffers of one size, so pack other recordings as v7 only.
 */
export const repack = (bytes: Uint8Array, more: Partial<TraceSpec>): Uint8Array => {
  const t = readReference(bytes)
  const pageSize = t.buffers[0]?.pageSize ?? 4096
  return makeTrace({
    layout: {
      littleEndian: t.littleEndian,
      longSize: t.longSize,
      dataOffset: t.dataOffset,
      pageSize,
    },
    formats: [...t.formats.values()],
    buffers: t.buffers.map((buffer) => ({
      name: buffer.name,
      clock: buffer.clock,
      pageSize: buffer.pageSize,
      cpus: buffer.cpus
        .map((cpu) => ({ cpu: cpu.cpu, pages: [...referencePages(t, buffer, cpu)] }))
        .filter(({ pages }) => pages.length > 0),
    })),
    cmdlines: [...t.cmdlines].map(([pid, name]) => `${pid} ${name}\n`).join(''),
    kallsyms: t.kallsyms,
    printk: t.printk,
    options: t.options.filter(({ id }) => !PLACES.has(id)),
    ...more,
  })
}
