/** Memory in use, as far as it was allocated while recording: counters of the kernel and of processes. */
import { drawRows, isDerived, type Timeline } from './timeline.ts'

interface KernelCounter {
  readonly relation: string
  /** The counter's name. */
  readonly name: string
  /** Bytes of a row. */
  readonly bytes: string
}

const KERNEL: readonly KernelCounter[] = [
  { relation: 'kernel_allocs', name: `'live bytes of ' || allocator`, bytes: 'bytes_alloc' },
  {
    relation: 'page_allocs',
    name: `'live bytes of page allocations'`,
    bytes:
      '(select min(page_size) from meta.sources)::hugeint * (1::hugeint << least("order", 63))',
  },
]

/**
 * What the recording saw being allocated and not freed. Objects of which it is not known when they
 * were freed are left out, so it is a lower bound; where frees were not recorded, it is a sum.
 */
function kernelSql({ relation, name, bytes }: KernelCounter): string {
  return `
with steps as (
  select ${name} as counter, source, unnest([
    {'ts': ts, 'change': (${bytes})::hugeint}, {'ts': freed_ts, 'change': -(${bytes})::hugeint}]) as step
  from ${relation} where state in ('freed', 'live', 'unknown')
)
select step.ts, counter, source, step.change from steps where step.ts is not null and step.change is not null
order by step.ts, source, counter, step.change`
}

const HEAP = `
select ts, process, source, live_bytes from heap_steps where kind in ('alloc', 'free')
order by ts, source, process, live_bytes`

/** Draws the counters. */
export async function drawCounters(timeline: Timeline): Promise<void> {
  const { packets, tracks, buffers } = timeline
  const isOne = buffers.size === 1
  const ofBuffer = (source: number): string =>
    isOne ? '' : ` (buffer ${buffers.get(source) || 'top'})`
  for (const counter of KERNEL) {
    if (!isDerived(timeline, counter.relation)) continue
    const sums = new Map<number, bigint>()
    await drawRows(timeline, kernelSql(counter), ([ts, names, sources, changes], row) => {
      const name = `${names![row]}${ofBuffer(sources![row] as number)}`
      const track = tracks.bytes(name)
      const sum = (sums.get(track) ?? 0n) + (changes![row] as bigint)
      sums.set(track, sum)
      packets.count(track, ts![row] as bigint, sum)
    })
  }
  if (!isDerived(timeline, 'heap_steps')) return
  await drawRows(timeline, HEAP, ([ts, tgids, sources, bytes], row) => {
    const name = `live bytes of malloc${ofBuffer(sources![row] as number)}`
    packets.count(
      tracks.bytes(name, tgids![row] as number),
      ts![row] as bigint,
      bytes![row] as bigint,
    )
  })
}
