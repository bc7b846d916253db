/** Events as the kernel's tracer gives them, gathered by CPU. */
import type { PacketWriter } from './packets.ts'
import { ProtoWriter } from './proto-writer.ts'
import { BUNDLE, GENERIC, PACKET } from './schema.ts'

/** Bytes of a CPU's events that go into one packet. */
const BUNDLE_BYTES = 1 << 14

/** A field of an event: text or integer. */
export type FieldValue = string | number | bigint

/** Gathers events by CPU and writes them in bundles. */
export class FtraceBundles {
  readonly #packets: PacketWriter
  readonly #cpus = new Map<number, ProtoWriter>()
  #events = 0

  constructor(packets: PacketWriter) {
    this.#packets = packets
  }

  /** Events that were written. */
  get events(): number {
    return this.#events
  }

  /** Begins an event; the fields of its own message follow, then `end`. */
  begin(cpu: number, ts: bigint, pid: number, flags: number, message: number): ProtoWriter {
    this.#events++
    let proto = this.#cpus.get(cpu)
    if (!proto) {
      proto = new ProtoWriter(2 * BUNDLE_BYTES)
      this.#cpus.set(cpu, proto)
    }
    proto.begin(BUNDLE.event)
    proto.integer(BUNDLE.ftraceEvent.timestamp, ts)
    proto.integer(BUNDLE.ftraceEvent.pid, pid >>> 0)
    if (flags !== 0) proto.integer(BUNDLE.ftraceEvent.commonFlags, flags)
    proto.begin(message)
    return proto
  }

  /** Ends the event that was begun on `cpu`. */
  end(cpu: number, proto: ProtoWriter): void {
    proto.end()
    proto.end()
    if (proto.length >= BUNDLE_BYTES) this.#write(cpu, proto.take(), false)
  }

  /** An event by name, with its fields by name. */
  generic(
    at: { readonly cpu: number; readonly ts: bigint; readonly pid: number; readonly flags: number },
    name: string,
    fields: Iterable<readonly [name: string, value: FieldValue | null]>,
  ): void {
    const proto = this.begin(at.cpu, at.ts, at.pid, at.flags, BUNDLE.ftraceEvent.generic)
    proto.text(GENERIC.eventName, name)
    for (const [field, value] of fields) {
      if (value === null) continue
      proto.begin(GENERIC.field)
      proto.text(GENERIC.fieldMessage.name, field)
      if (typeof value === 'string') proto.text(GENERIC.fieldMessage.text, value)
      else proto.integer(value < 0 ? GENERIC.fieldMessage.int : GENERIC.fieldMessage.uint, value)
      proto.end()
    }
    this.end(at.cpu, proto)
  }

  /** Says that a CPU lost events. */
  lost(cpu: number): void {
    this.#write(cpu, new Uint8Array(), true)
  }

  /** Writes what has gathered of every CPU. */
  flush(): void {
    for (const [cpu, proto] of this.#cpus)
      if (proto.length > 0) this.#write(cpu, proto.take(), false)
  }

  #write(cpu: number, events: Uint8Array, isLost: boolean): void {
    const { proto } = this.#packets
    this.#packets.begin()
    proto.begin(PACKET.ftraceEvents)
    proto.integer(BUNDLE.cpu, cpu)
    if (isLost) proto.integer(BUNDLE.lostEvents, 1)
    proto.fields(events)
    proto.end()
    this.#packets.end()
  }
}
