/** The rows of the timeline: what is on one follows each other or lies inside each other. */
import type { PacketWriter } from './packets.ts'
import { PACKET, TRACK, UNIT_BYTES } from './schema.ts'

/** A thread as the recording knows it. */
export interface Task {
  readonly tid: number
  /** Its process; the thread itself where that is not known. */
  readonly tgid: number
  readonly comm: string
}

/** Makes tracks when something is drawn on them, and hands out their numbers. */
export class Tracks {
  readonly #packets: PacketWriter
  readonly #tasks: ReadonlyMap<number, Task>
  readonly #numbers = new Map<string, number>()

  constructor(packets: PacketWriter, tasks: ReadonlyMap<number, Task>) {
    this.#packets = packets
    this.#tasks = tasks
  }

  /** How many there are. */
  get size(): number {
    return this.#numbers.size
  }

  /** The thread's own track. */
  thread(tid: number): number {
    return this.#numbers.get(`thread ${tid}`) ?? this.#addThread(tid)
  }

  /** A track of a thread under its own; of the idle threads, which share a number, one for each CPU. */
  ofThread(tid: number, cpu: number, name: string): number {
    return tid === 0 ? this.ofCpu(cpu, `${name}, idle`) : this.#child(this.thread(tid), name)
  }

  /** A track of a CPU. */
  ofCpu(cpu: number, name: string): number {
    return this.#child(this.recording, `CPU ${cpu} ${name}`)
  }

  /** A counter of bytes, of a process or of the whole machine. */
  bytes(name: string, tgid?: number): number {
    return this.#child(tgid === undefined ? this.recording : this.#process(tgid), name, true)
  }

  /** Where what is of no thread has its place. */
  get recording(): number {
    return this.#numbers.get('') ?? this.#add('', () => this.#name('Recording'))
  }

  #child(parent: number, name: string, isCounter = false): number {
    const key = `${parent} ${name}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    return this.#add(key, () => {
      this.#packets.proto.integer(TRACK.parentUuid, parent)
      this.#name(name)
      if (!isCounter) return
      this.#packets.proto.begin(TRACK.counter)
      this.#packets.proto.integer(TRACK.counterDescriptor.unit, UNIT_BYTES)
      this.#packets.proto.end()
    })
  }

  #name(name: string): void {
    this.#packets.proto.text(TRACK.name, name)
  }

  #addThread(tid: number): number {
    const { tgid, comm } = this.#tasks.get(tid) ?? { tgid: tid, comm: '' }
    return this.#add(`thread ${tid}`, () => {
      const { proto } = this.#packets
      proto.begin(TRACK.thread)
      proto.integer(TRACK.threadDescriptor.pid, tgid)
      proto.integer(TRACK.threadDescriptor.tid, tid)
      if (comm !== '') proto.text(TRACK.threadDescriptor.threadName, comm)
      proto.end()
    })
  }

  #process(tgid: number): number {
    const known = this.#numbers.get(`process ${tgid}`)
    if (known !== undefined) return known
    const comm = this.#tasks.get(tgid)?.comm ?? ''
    return this.#add(`process ${tgid}`, () => {
      const { proto } = this.#packets
      proto.begin(TRACK.process)
      proto.integer(TRACK.processDescriptor.pid, tgid)
      if (comm !== '') proto.text(TRACK.processDescriptor.processName, comm)
      proto.end()
    })
  }

  #add(key: string, describe: () => void): number {
    const number = this.#numbers.size + 1
    this.#numbers.set(key, number)
    this.#packets.begin()
    this.#packets.proto.begin(PACKET.trackDescriptor)
    this.#packets.proto.integer(TRACK.uuid, number)
    describe()
    this.#packets.proto.end()
    this.#packets.end()
    return number
  }
}
