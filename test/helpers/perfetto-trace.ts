/** A Perfetto trace as a viewer sees it: read by the published schema, slices paired by track. */
import { PERFETTO_SCHEMA } from './perfetto-schema.ts'
import { type Message, parseSchema, readMessage } from './protobuf-reader.ts'

const SCHEMA = parseSchema(PERFETTO_SCHEMA)

/** A slice; `end` is undefined where it was not ended. */
export interface Slice {
  readonly track: string
  readonly name: string
  readonly ts: bigint
  readonly end: bigint | undefined
  /** Slices around it. */
  readonly depth: number
  readonly notes: Readonly<Record<string, string | bigint>>
}

/** An event of the kernel's tracer. */
export interface FtraceEvent {
  readonly cpu: number
  readonly ts: bigint
  readonly pid: number
  readonly name: string
  readonly fields: Message
}

/** What is in a trace. */
export interface PerfettoTrace {
  readonly packets: readonly Message[]
  readonly slices: readonly Slice[]
  readonly instants: readonly Slice[]
  /** Values of counters in order, by track. */
  readonly counters: ReadonlyMap<string, readonly bigint[]>
  readonly events: readonly FtraceEvent[]
  /** From track to track, by flow. */
  readonly flows: readonly (readonly [from: string, to: string])[]
  /** CPUs marked as having lost events. */
  readonly lostCpus: ReadonlySet<number>
}

interface Open {
  readonly slice: Slice
}

/** Reads a trace, and throws on anything that a viewer would take amiss. */
export function readPerfetto(bytes: Uint8Array): PerfettoTrace {
  const packets = (readMessage(SCHEMA, 'Trace', bytes).packet ?? []) as Message[]
  const tracks = new Map<bigint, string>()
  const open = new Map<bigint, Open[]>()
  const last = new Map<bigint, bigint>()
  const starts = new Map<bigint, string>()
  const trace = {
    packets,
    slices: [] as Slice[],
    instants: [] as Slice[],
    counters: new Map<string, bigint[]>(),
    events: [] as FtraceEvent[],
    flows: [] as [string, string][],
    lostCpus: new Set<number>(),
  }
  for (const [i, packet] of packets.entries()) {
    if (packet.trusted_packet_sequence_id !== 1) throw new Error('a packet of no sequence')
    if ((packet.sequence_flags === 1) !== (i === 0)) throw new Error('state is cleared at first')
    if (packet.track_descriptor) describe(packet.track_descriptor as Message, tracks)
    if (packet.ftrace_events) readBundle(packet.ftrace_events as Message, trace)
    const event = packet.track_event as Message | undefined
    if (!event) continue
    const uuid = event.track_uuid as bigint
    const track = tracks.get(uuid)
    if (track === undefined) throw new Error(`track ${uuid} is not described before`)
    const ts = packet.timestamp as bigint
    if (ts < (last.get(uuid) ?? ts)) throw new Error(`${track}: ${ts} is out of order`)
    last.set(uuid, ts)
    const stack = open.get(uuid) ?? []
    open.set(uuid, stack)
    const notes = notesOf(event)
    const name = event.name as string
    const slice = { track, name, ts, end: undefined, depth: stack.length, notes }
    if (event.type === 1) stack.push({ slice })
    else if (event.type === 3) trace.instants.push(slice)
    else if (event.type === 2) {
      const begun = stack.pop()
      if (!begun) throw new Error(`${track}: an end without a begin`)
      trace.slices.push({ ...begun.slice, end: ts })
    } else if (event.type === 4) {
      const values = trace.counters.get(track) ?? []
      values.push(event.counter_value as bigint)
      trace.counters.set(track, values)
    } else throw new Error(`${track}: events of type ${event.type}`)
    for (const flow of (event.flow_ids ?? []) as bigint[]) starts.set(flow, track)
    for (const flow of (event.terminating_flow_ids ?? []) as bigint[]) {
      const from = starts.get(flow)
      if (from === undefined) throw new Error(`flow ${flow} begins nowhere`)
      starts.delete(flow)
      trace.flows.push([from, track])
    }
  }
  for (const stack of open.values()) for (const { slice } of stack) trace.slices.push(slice)
  if (starts.size > 0) throw new Error(`${starts.size} flows end nowhere`)
  return trace
}

/** Full names: `Recording/CPU 0 lost events`, `thread 7/marks`, `process 7/live bytes of malloc`. */
function describe(descriptor: Message, tracks: Map<bigint, string>): void {
  const uuid = descriptor.uuid as bigint
  if (uuid === undefined || uuid === 0n || tracks.has(uuid)) throw new Error(`track ${uuid} twice`)
  const thread = descriptor.thread as Message | undefined
  const process = descriptor.process as Message | undefined
  const own = thread
    ? `thread ${thread.tid}`
    : process
      ? `process ${process.pid}`
      : (descriptor.name as string)
  if (!own) throw new Error(`track ${uuid} has no name`)
  const parent = descriptor.parent_uuid as bigint | undefined
  if (parent !== undefined && !tracks.has(parent)) throw new Error(`${own} is under no track`)
  tracks.set(uuid, parent === undefined ? own : `${tracks.get(parent)}/${own}`)
}

function notesOf(event: Message): Record<string, string | bigint> {
  const notes: Record<string, string | bigint> = {}
  for (const note of (event.debug_annotations ?? []) as Message[])
    notes[note.name as string] = (note.int_value ?? note.string_value) as string | bigint
  return notes
}

function readBundle(
  bundle: Message,
  trace: { events: FtraceEvent[]; lostCpus: Set<number> },
): void {
  const cpu = bundle.cpu as number
  if (cpu === undefined) throw new Error('a bundle of no CPU')
  if (bundle.lost_events) trace.lostCpus.add(cpu)
  for (const { timestamp, pid, common_flags: _, ...event } of (bundle.event ?? []) as Message[]) {
    if (timestamp === undefined || pid === undefined)
      throw new Error('an event of no time or thread')
    const [[kind, fields], ...others] = Object.entries(event) as [[string, Message]]
    if (others.length > 0) throw new Error('several events in one')
    const name = kind === 'generic' ? `generic ${fields.event_name}` : kind
    trace.events.push({ cpu, ts: timestamp as bigint, pid: pid as number, name, fields })
  }
}
