/**
 * Stacks of a recording with what they weigh: time in functions, time off the CPU, bytes, events.
 * Which of these a recording has depends on what was recorded with a stack.
 */
import { type Catalogue, quoteTable, quoteText, splitTable } from '../../analysis/index.ts'
import { TraceError } from '../../parser/error.ts'
import type { TraceDatabase } from '../../parser/sink/duckdb/database.ts'
import { readFunctionStacks } from './function-stacks.ts'
import type { Frame, WeighedStack } from './stack.ts'

/** One of the ways to weigh stacks. */
export interface Profile {
  readonly name: ProfileName
  /** What a stack weighs, for people. */
  readonly about: string
  readonly unit: Unit
}

/** Names of profiles, in the order of preference. */
export const PROFILE_NAMES = ['functions', 'off-cpu', 'alloc', 'events'] as const

/** Name of a profile, as `--profile` takes it. */
export type ProfileName = (typeof PROFILE_NAMES)[number]

/** What is counted. */
export type Unit = 'nanoseconds' | 'bytes' | 'events'

const PROFILES: Readonly<Record<ProfileName, Omit<Profile, 'name'>>> = {
  functions: { about: 'time in functions themselves', unit: 'nanoseconds' },
  'off-cpu': { about: 'time off the CPU', unit: 'nanoseconds' },
  alloc: { about: 'bytes allocated', unit: 'bytes' },
  events: { about: 'events', unit: 'events' },
}

/** A recording, as far as stacks need it. */
export interface StackSource {
  readonly database: TraceDatabase
  readonly catalogue: Catalogue
  /** Events that occur, as `system.event`. */
  readonly occurring: ReadonlySet<string>
}

/** The profiles that a recording has stacks for. */
export function profilesOf(source: StackSource): Profile[] {
  const { catalogue, occurring } = source
  const tables = stackTables(source)
  const has: Readonly<Record<ProfileName, boolean>> = {
    functions:
      catalogue.derived.has('function_calls') && GRAPH.some((table) => occurring.has(table)),
    'off-cpu':
      tables.some(({ table }) => table === SWITCH) && catalogue.derived.has('thread_states'),
    alloc: tables.some(({ bytes, isUser }) => bytes !== NO_BYTES || (isUser && hasHeap(catalogue))),
    events: tables.length > 0,
  }
  return PROFILE_NAMES.filter((name) => has[name]).map((name) => ({ name, ...PROFILES[name] }))
}

/** The profile that was asked for, else the preferred one. Throws `ERR_NOT_RECORDED`, `ERR_USAGE`. */
export function chooseProfile(source: StackSource, wanted: string | undefined): Profile {
  const all = profilesOf(source)
  const names = all.map(({ name }) => name).join(', ')
  if (all.length === 0)
    throw new TraceError('ERR_NOT_RECORDED', 'no stacks recorded', {
      hint: 'record with -T, -O userstacktrace, -R stacktrace after one -e, or -p function_graph',
    })
  const found = wanted === undefined ? all[0] : all.find(({ name }) => name === wanted)
  if (found) return found
  if (PROFILE_NAMES.some((name) => name === wanted))
    throw new TraceError('ERR_NOT_RECORDED', `no stacks for the profile ${wanted} recorded`, {
      hint: `this recording has: ${names}`,
    })
  throw new TraceError('ERR_USAGE', `--profile ${wanted}: there is no such profile`, {
    hint: `this recording has: ${names}`,
  })
}

/** Reads a profile's stacks; the same stack may come several times. */
export function readStacks(source: StackSource, { name }: Profile): AsyncIterable<WeighedStack> {
  return name === 'functions' ? readFunctionStacks(source.database) : readEvents(source, name)
}

const GRAPH = ['ftrace.funcgraph_entry', 'ftrace.funcgraph_exit', 'ftrace.fgraph_retaddr_entry']
const SWITCH = 'sched.sched_switch'
const NO_BYTES = 'null::hugeint'

interface StackTable {
  readonly table: string
  readonly isKernel: boolean
  readonly isUser: boolean
  readonly caller: string
  /** SQL of the bytes that an event allocates. */
  readonly bytes: string
}

/** Tables of events with stacks. */
function stackTables({ catalogue, occurring }: StackSource): StackTable[] {
  return [...catalogue.tables].flatMap(([table, columns]) => {
    if (!occurring.has(table)) return []
    const has = (column: string): boolean => columns.some(({ name }) => name === column)
    const isKernel = has('common_stack')
    const isUser = has('common_user_stack')
    if (!isKernel && !isUser) return []
    const isCaller = columns.some(({ name, type }) => name === 'caller' && type === 'UBIGINT')
    const isPages = table === 'kmem.mm_page_alloc' && has('order')
    const pages =
      '(select min(page_size) from meta.sources)::hugeint << least("order", 63)::integer'
    const bytes = isPages ? pages : has('bytes_alloc') ? 'bytes_alloc::hugeint' : NO_BYTES
    return [{ table, isKernel, isUser, bytes, caller: isCaller ? '"caller"' : 'null::ubigint' }]
  })
}

function hasHeap({ derived }: Catalogue): boolean {
  return derived.has('heap_steps')
}

/** What a stack weighs, and what has to be joined for that. Off the CPU a thread sleeps, and then waits to run. */
const WEIGHTS: Readonly<Record<'off-cpu' | 'alloc' | 'events', { weight: string; join: string }>> =
  {
    events: { weight: '1', join: '' },
    alloc: { weight: 'bytes', join: '' },
    'off-cpu': {
      weight: 'dur',
      join: `
  join (
    select source, tid, ts, dur + case when starts_with(next_began, 'wakeup') then next_dur else 0 end as dur
    from (select *, lead(began) over thread as next_began, lead(dur) over thread as next_dur from thread_states
      window thread as (partition by source, tid order by ts))
    where began = 'switch_out' and state not in ('unknown', 'zombie', 'dead')
  ) using (source, tid, ts)`,
    },
  }

const HEAP_JOIN = `
  left join (select source, tid, call_ts as ts, size from heap_steps where kind = 'alloc') using (source, tid, ts)`

/**
 * Stacks are counted before they are named: names cost a look-up for each frame. Threads are kept apart
 * where there are user stacks, whose addresses mean something in their process only.
 */
function eventSql(source: StackSource, name: 'off-cpu' | 'alloc' | 'events'): string {
  const tables = stackTables(source).filter(({ table }) => name !== 'off-cpu' || table === SWITCH)
  const rows = tables.map(({ table, isKernel, isUser, caller, bytes }) => {
    const [system, event] = splitTable(table)
    return (
      `select ts, common_pid as tid, common_comm as comm, common_source as source, ` +
      `${quoteText(`${system}:${event}`)} as event, ` +
      `${isKernel ? 'common_stack::ubigint[]' : 'null::ubigint[]'} as kernel_stack, ` +
      `${isUser ? 'common_user_stack::ubigint[]' : 'null::ubigint[]'} as user_stack, ` +
      `${caller} as caller, ${bytes} as bytes from ${quoteTable(table)}`
    )
  })
  const { weight, join } = WEIGHTS[name]
  const isHeap = name === 'alloc' && hasHeap(source.catalogue)
  return `
with
rows as (${rows.join('\n  union all ')}),
weighed as (
  select source, event, comm, kernel_stack, user_stack, caller, case when user_stack is not null then tid end as tid,
    max(ts) as ts, sum(${isHeap ? 'coalesce(bytes, size)' : weight})::hugeint as weight
  from rows${join}${isHeap ? HEAP_JOIN : ''}
  where kernel_stack is not null or user_stack is not null
  group by all
),
processes as (select source, pid as tid, any_value(tgid) as tgid from meta.tasks where tgid is not null group by all)
select event, comm,
  list_transform(user_frames(user_stack, caller, coalesce(p.tgid, w.tid), w.source, w.ts),
    lambda frame: regexp_replace(frame, ':(.+)\\+0x[0-9a-f]+(\\??)$', ':\\1\\2')) as user_names,
  list_transform(stack_frames(kernel_stack, w.source), lambda frame: split_part(frame, '+0x', 1)) as kernel_names,
  weight
from weighed w left join processes p on p.source = w.source and p.tid = w.tid
where weight > 0
order by event, comm, weight desc`
}

/** Stacks stand on the event, where there are several, and the thread's name. */
async function* readEvents(
  source: StackSource,
  name: 'off-cpu' | 'alloc' | 'events',
): AsyncGenerator<WeighedStack> {
  const isOne = stackTables(source).length === 1 || name === 'off-cpu'
  const { chunks } = await source.database.query(eventSql(source, name))
  for await (const { columns, rowCount } of chunks) {
    const [events, comms, users, kernels, weights] = columns
    for (let row = 0; row < rowCount; row++) {
      const frames: Frame[] = isOne ? [] : [{ name: String(events![row]), kind: 'task' }]
      frames.push({ name: String(comms![row]), kind: 'task' })
      for (const frame of outermostFirst(users![row])) frames.push({ name: frame, kind: 'user' })
      for (const frame of outermostFirst(kernels![row]))
        frames.push({ name: frame, kind: 'kernel' })
      yield { frames, weight: weights![row] as bigint }
    }
  }
}

function outermostFirst(list: unknown): string[] {
  return ((list as { items: unknown[] } | null)?.items ?? []).map(String).reverse()
}
