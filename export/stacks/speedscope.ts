/**
 * Stacks for speedscope: a profile of counted stacks for each way to weigh them, and the calls of the
 * function graph as they followed each other, a profile for each thread.
 *
 * Authority: https://www.speedscope.app/file-format-schema.json
 */
import type { FileJob } from '../job.ts'
import { gatherStacks, stacksOf } from './frame-tree.ts'
import { readFunctionCalls } from './function-calls.ts'
import { hasLosses, openStacks } from './open-stacks.ts'
import {
  chooseProfile,
  type Profile,
  profilesOf,
  readStacks,
  type StackSource,
  type Unit,
} from './profiles.ts'

const SCHEMA = 'https://www.speedscope.app/file-format-schema.json'
const UNITS: Readonly<Record<Unit, string>> = {
  nanoseconds: 'nanoseconds',
  bytes: 'bytes',
  events: 'none',
}
/** Characters of JSON that are worth a write. */
const PIECE = 1 << 16

/** Writes all profiles that the recording has, or the one that was asked for. */
export async function writeSpeedscope(job: FileJob): Promise<string> {
  const source = await openStacks(job)
  const first = chooseProfile(source, job.profile)
  const profiles = job.profile === undefined ? profilesOf(source) : [first]
  const file = new SpeedscopeFile(job, (await hasLosses(source)) ? ', events were lost' : '')
  await file.begin(job.files[0]!)
  for (const profile of profiles) {
    if (profile.name === 'functions') await writeCalls(file, source)
    await writeCounted(file, source, profile)
  }
  await file.end()
  return `${file.profiles} profiles, ${file.frames} functions`
}

async function writeCounted(
  file: SpeedscopeFile,
  source: StackSource,
  profile: Profile,
): Promise<void> {
  const root = await gatherStacks(readStacks(source, profile))
  await file.beginProfile('sampled', profile.about, UNITS[profile.unit])
  const weights: string[] = []
  file.add(',"samples":[')
  for (const { frames, weight } of stacksOf(root)) {
    const indexes = frames.map(({ name }) => file.frame(name))
    file.add(`${weights.length === 0 ? '' : ','}[${indexes.join(',')}]`)
    weights.push(String(weight))
    await file.drain()
  }
  file.add(`],"weights":[${weights.join(',')}]`)
  await file.endProfile(0n, root.total)
}

interface OpenCall {
  readonly frame: number
  readonly end: bigint
}

/** Times are counted from the first call on, so that doubles hold them to the ns. */
async function writeCalls(file: SpeedscopeFile, { database }: StackSource): Promise<void> {
  const open: OpenCall[] = []
  let thread: string | undefined
  let [start, last] = [0n, 0n]
  let isFirst = true
  const event = (type: 'O' | 'C', frame: number, at: bigint): void => {
    file.add(`${isFirst ? '' : ','}{"type":"${type}","frame":${frame},"at":${at - start}}`)
    isFirst = false
    if (at > last) last = at
  }
  const leave = (until: bigint | undefined): void => {
    while (open.length > 0 && (until === undefined || open.at(-1)!.end <= until)) {
      const { frame, end } = open.pop()!
      event('C', frame, end)
    }
  }
  const finish = async (): Promise<void> => {
    if (thread === undefined) return
    leave(undefined)
    file.add(']')
    await file.endProfile(0n, last - start)
  }
  for await (const { ts, end, name, thread: of } of readFunctionCalls(database)) {
    if (of !== thread) {
      await finish()
      await file.beginProfile('evented', `${of}: calls`, 'nanoseconds')
      file.add(',"events":[')
      ;[thread, start, last, isFirst] = [of, ts, ts, true]
    }
    leave(ts)
    // What has no known end, or one after that of the call around it, cannot be drawn as an interval.
    const around = open.at(-1)
    if (end === null || (around && end > around.end)) continue
    const frame = file.frame(name)
    open.push({ frame, end })
    event('O', frame, ts)
    await file.drain()
  }
  await finish()
}

/** The file in the making: profiles one after the other, and at the end the names they refer to. */
class SpeedscopeFile {
  readonly #job: FileJob
  readonly #remark: string
  readonly #frames = new Map<string, number>()
  #text = ''
  #profiles = 0

  constructor(job: FileJob, remark: string) {
    this.#job = job
    this.#remark = remark
  }

  get profiles(): number {
    return this.#profiles
  }

  get frames(): number {
    return this.#frames.size
  }

  async begin(name: string): Promise<void> {
    const head = { $schema: SCHEMA, exporter: 'traceduck', name, activeProfileIndex: 0 }
    this.add(`${JSON.stringify(head).slice(0, -1)},"profiles":[`)
  }

  /** The number of a function's name. */
  frame(name: string): number {
    const known = this.#frames.get(name)
    if (known !== undefined) return known
    this.#frames.set(name, this.#frames.size)
    return this.#frames.size - 1
  }

  async beginProfile(type: 'sampled' | 'evented', name: string, unit: string): Promise<void> {
    const head = { type, name: `${name}${this.#remark}`, unit }
    this.add(`${this.#profiles++ === 0 ? '' : ','}\n${JSON.stringify(head).slice(0, -1)}`)
  }

  async endProfile(startValue: bigint, endValue: bigint): Promise<void> {
    this.add(`,"startValue":${startValue},"endValue":${endValue}}`)
    await this.drain()
  }

  async end(): Promise<void> {
    const frames = [...this.#frames.keys()].map((name) => ({ name }))
    this.add(`\n],"shared":{"frames":${JSON.stringify(frames)}}}\n`)
    await this.#job.write(this.#text)
  }

  add(text: string): void {
    this.#text += text
  }

  async drain(): Promise<void> {
    if (this.#text.length < PIECE) return
    await this.#job.write(this.#text)
    this.#text = ''
  }
}
