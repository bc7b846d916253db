/** Packets of a Perfetto trace on their way out. */
import { ProtoWriter } from './proto-writer.ts'
import { ANNOTATION, EVENT, EVENT_TYPE, PACKET, STATE_CLEARED, TRACE } from './schema.ts'

/** Bytes that are worth a write. */
const PIECE = 1 << 16
/** All packets are of one sequence: it says in which order they were written. */
const SEQUENCE = 1

/** A value beside an event: text, or an integer of up to 64 bits. */
export type Annotation = string | number | bigint

/** Annotations by name; those without a value are left out. */
export type Annotations = Readonly<Record<string, Annotation | null | undefined>>

/** Collects packets and hands them on in pieces. */
export class PacketWriter {
  /** Fields of the packet that was begun. */
  readonly proto: ProtoWriter = new ProtoWriter(2 * PIECE)
  readonly #write: (bytes: Uint8Array) => Promise<void>
  #packets = 0

  constructor(write: (bytes: Uint8Array) => Promise<void>) {
    this.#write = write
  }

  /** Packets that were begun. */
  get packets(): number {
    return this.#packets
  }

  /** Begins a packet. */
  begin(): void {
    this.proto.begin(TRACE.packet)
    this.proto.integer(PACKET.trustedPacketSequenceId, SEQUENCE)
    if (this.#packets++ === 0) this.proto.integer(PACKET.sequenceFlags, STATE_CLEARED)
  }

  /** Ends it. */
  end(): void {
    this.proto.end()
  }

  /** Begins something on a track; what is written until `endEvent` belongs to it. */
  beginSlice(track: number, ts: bigint, name: string): void {
    this.#beginEvent(track, ts, EVENT_TYPE.begin)
    this.proto.text(EVENT.name, name)
  }

  /** The end of what was begun last on a track. */
  endSlice(track: number, ts: bigint): void {
    this.#beginEvent(track, ts, EVENT_TYPE.end)
    this.endEvent()
  }

  /** Begins something without a duration; what is written until `endEvent` belongs to it. */
  beginInstant(track: number, ts: bigint, name: string): void {
    this.#beginEvent(track, ts, EVENT_TYPE.instant)
    this.proto.text(EVENT.name, name)
  }

  /** A counter's value from `ts` on. */
  count(track: number, ts: bigint, value: bigint): void {
    this.#beginEvent(track, ts, EVENT_TYPE.counter)
    this.proto.integer(EVENT.counterValue, value)
    this.endEvent()
  }

  /** A value beside the event that was begun; nothing for null. */
  annotate(name: string, value: Annotation | null | undefined): void {
    if (value === null || value === undefined) return
    this.proto.begin(EVENT.debugAnnotations)
    this.proto.text(ANNOTATION.name, name)
    if (typeof value === 'string') this.proto.text(ANNOTATION.stringValue, value)
    else this.proto.integer(ANNOTATION.intValue, value)
    this.proto.end()
  }

  /** Several of them. */
  annotateAll(values: Annotations): void {
    for (const [name, value] of Object.entries(values)) this.annotate(name, value)
  }

  /** Ends the event that was begun. */
  endEvent(): void {
    this.proto.end()
    this.end()
  }

  /** Hands on what has gathered, when that is enough; call it every few hundred packets. */
  async drain(): Promise<void> {
    if (this.proto.length >= PIECE) await this.flush()
  }

  /** Hands on what has gathered. */
  async flush(): Promise<void> {
    if (this.proto.length > 0) await this.#write(this.proto.take())
  }

  #beginEvent(track: number, ts: bigint, type: number): void {
    this.begin()
    this.proto.integer(PACKET.timestamp, ts)
    this.proto.begin(PACKET.trackEvent)
    this.proto.integer(EVENT.type, type)
    this.proto.integer(EVENT.trackUuid, track)
  }
}
