/** Checks on what a file says about where its buffers' data is, common to both versions. */
import { TraceError } from '../error.ts'
import type { ContainerContext } from './context.ts'
import { subBufferBytes } from './header-page.ts'
import type { BufferInstance, CpuData, HeaderPage } from './types.ts'

/** Table lines read from one file, for each entry that a file may have. */
const LINES_PER_ENTRY = 10

/** What the tables of all buffers of one file share. */
export class DataMap {
  readonly #context: ContainerContext
  readonly #starts = new Set<number>()
  #lines = 0

  constructor(context: ContainerContext) {
    this.#context = context
  }

  /** Makes room for a table of `lines`; throws `ERR_TRACE_LIMIT` when the file has too many. */
  reserve(lines: number): void {
    this.#lines += lines
    const most = this.#context.limits.maxEntries * LINES_PER_ENTRY
    if (this.#lines <= most) return
    const where = { file: this.#context.source.name }
    const text = `tables of CPUs have more than ${most} lines together`
    throw new TraceError('ERR_TRACE_LIMIT', text, { where })
  }

  /** Notes that data starts at `offset`; false when other data does too. */
  claim(offset: number): boolean {
    if (this.#starts.has(offset)) return false
    this.#starts.add(offset)
    return true
  }

  /** Sets each CPU's `end` to where the next data starts, so that no byte is read for two CPUs. */
  finish(buffers: readonly BufferInstance[]): BufferInstance[] {
    const { source, diagnostics } = this.#context
    const starts = [...this.#starts, source.size].sort((a, b) => a - b)
    const next = new Map(starts.map((start, i) => [start, starts[i + 1] ?? source.size]))
    const bound = (buffer: BufferInstance, data: CpuData): CpuData => {
      const end = Math.min(source.size, next.get(data.offset) ?? source.size)
      if (buffer.compression === 'none' && data.offset + data.size > end && end < source.size) {
        const text = `CPU ${data.cpu}: data at ${data.offset} runs into other data at ${end}`
        diagnostics.report('ERR_TRACE_SECTION', 'error', text, { cpu: data.cpu, offset: end })
      }
      return { ...data, end }
    }
    return buffers.map((buffer) => ({
      ...buffer,
      cpus: buffer.cpus.map((data) => bound(buffer, data)),
    }))
  }
}

/**
 * Collects one buffer's CPUs: those without data are left out, those beyond the file's end, listed
 * twice, or sharing their data with another are reported and left out.
 */
export class CpuTable {
  readonly cpus: CpuData[] = []
  readonly #context: ContainerContext
  readonly #name: string
  readonly #map: DataMap
  readonly #numbers = new Set<number>()
  /** Whether `size` is exact, which it is not for compressed data. */
  readonly #exact: boolean

  constructor(context: ContainerContext, name: string, exact: boolean, map: DataMap) {
    this.#context = context
    this.#name = name
    this.#exact = exact
    this.#map = map
  }

  /** Adds one line of the table. */
  add(cpu: number, offset: number, size: number): void {
    if (size === 0) return
    const { source, diagnostics } = this.#context
    const what = `CPU ${cpu}${this.#name === '' ? '' : ` of ${this.#name}`}`
    if (this.#numbers.has(cpu) || !this.#map.claim(offset)) {
      const text = `${what} is listed with the data at ${offset}, but it or that was listed before`
      diagnostics.report('ERR_TRACE_SECTION', 'error', text, { cpu, offset })
      return
    }
    this.#numbers.add(cpu)
    const missing = offset + size - source.size
    if (missing > 0 && (this.#exact || offset >= source.size)) {
      const text = `${what}: ${Math.min(missing, size)} of ${size} bytes are beyond the file's end`
      diagnostics.report('ERR_TRACE_TRUNCATED', 'data_loss', text, { cpu, offset: source.size })
    }
    if (offset < source.size) this.cpus.push({ cpu, offset, size, end: source.size })
  }
}

/**
 * The sub-buffer size to use where the file says `claimed`: that, if it can hold the page head and
 * is within limits, else what the header page says; the difference is reported.
 */
export function chooseSubBufferSize(
  context: ContainerContext,
  page: HeaderPage,
  claimed: number,
  offset: number,
): number {
  const usual = subBufferBytes(page)
  if (claimed > page.dataOffset && claimed <= context.limits.maxSubBufferBytes) return claimed
  const text = `sub-buffers of ${claimed} bytes cannot be; taking ${usual}`
  context.diagnostics.report('ERR_TRACE_OPTION', 'error', text, { offset })
  return usual
}
