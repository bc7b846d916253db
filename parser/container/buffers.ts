/** Checks on what a file says about where its buffers' data is, common to both versions. */
import { type ContainerContext, subBufferBytes } from './container-body.ts'
import type { CpuData, HeaderPage } from './types.ts'

/**
 * Collects one buffer's CPUs: those without data are left out, those beyond the file's end or that
 * share their data with another are reported and left out.
 */
export class CpuTable {
  readonly cpus: CpuData[] = []
  readonly #context: ContainerContext
  readonly #name: string
  readonly #seen: Set<number>
  /** Whether `size` is exact, which it is not for compressed data. */
  readonly #exact: boolean

  /** `seen` holds the data offsets of the whole file. */
  constructor(context: ContainerContext, name: string, exact: boolean, seen: Set<number>) {
    this.#context = context
    this.#name = name
    this.#exact = exact
    this.#seen = seen
  }

  /** Adds one line of the table. */
  add(cpu: number, offset: number, size: number): void {
    if (size === 0) return
    const { source, diagnostics } = this.#context
    const what = `CPU ${cpu}${this.#name === '' ? '' : ` of ${this.#name}`}`
    if (this.#seen.has(offset)) {
      const text = `${what} claims the data at ${offset} that another CPU has`
      diagnostics.report('ERR_TRACE_SECTION', 'error', text, { cpu, offset })
      return
    }
    this.#seen.add(offset)
    const missing = offset + size - source.size
    if (missing > 0 && (this.#exact || offset >= source.size)) {
      const text = `${what}: ${Math.min(missing, size)} of ${size} bytes are beyond the file's end`
      diagnostics.report('ERR_TRACE_TRUNCATED', 'data_loss', text, { cpu, offset: source.size })
    }
    if (offset < source.size) this.cpus.push({ cpu, offset, size })
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
