/** The recordings that are measured on: one that was given or is made, and others made when asked for. */
import { existsSync, statSync, symlinkSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { openTrace } from '../parser/index.ts'
import { type Growth, growTrace } from './grow.ts'
import { quote } from './measure.ts'
import { countEvents } from './stage.ts'

/** A recording to measure on. */
export interface Input {
  /** In words, for the table. */
  readonly name: string
  readonly path: string
  /** `path` as a word for the shell. */
  readonly word: string
  readonly bytes: number
  readonly events: number
}

/** Bundled recordings that others are made of. */
export const SEEDS = {
  /** System calls, sched, kmem and irq; sub-buffers of 4 KiB, 64-bit little-endian. */
  common: 'amd64-6.12-user32-ev-v7-zstd',
  bits32: 'armhf-7.2-ev-v7-zstd',
  /** Uncompressed version 6. */
  bigEndian: 's390x-6.1-ev-v6',
} as const

/** Makes recordings in a scratch folder, each once. */
export class Inputs {
  /** What most questions are asked of. */
  readonly main: Promise<Input>
  readonly #scratch: string
  readonly #fixtures: string
  readonly #made = new Map<string, Promise<Input>>()
  readonly #events: number

  /** `file` is a recording that was given; without it one of about `events` events is made. */
  constructor(scratch: string, fixtures: string, file: string | undefined, events: number) {
    this.#scratch = scratch
    this.#fixtures = fixtures
    this.#events = events
    this.main = file === undefined ? this.grow('common') : this.#given(file)
  }

  /** A link, so that no database beside the recording answers in its place. */
  async #given(file: string): Promise<Input> {
    const path = join(this.#scratch, 'given.dat')
    symlinkSync(resolve(file), path)
    const trace = await openTrace(path)
    try {
      return {
        name: basename(file),
        path,
        word: quote(path),
        bytes: statSync(path).size,
        events: countEvents(trace),
      }
    } finally {
      trace.close()
    }
  }

  /** A bundled recording grown to the number of events that was asked for. */
  grow(seed: keyof typeof SEEDS, growth: Growth = {}): Promise<Input> {
    const file = join(this.#fixtures, `${SEEDS[seed]}.dat`)
    return this.#make(SEEDS[seed], file, { events: this.#events, ...growth })
  }

  /** The main recording so many times over. */
  async repeat(times: number): Promise<Input> {
    const { name, path } = await this.main
    return this.#make(name, path, { times })
  }

  #make(name: string, from: string, growth: Growth): Promise<Input> {
    const parts = Object.entries(growth).map(([key, value]) => `${value} ${key}`)
    const title = `${name}, ${parts.join(', ')}`
    const made = this.#made.get(title) ?? this.#write(title, from, growth)
    this.#made.set(title, made)
    return made
  }

  async #write(name: string, from: string, growth: Growth): Promise<Input> {
    const path = join(this.#scratch, `made-${this.#made.size}.dat`)
    if (existsSync(path)) throw new Error(`${path} is there already`)
    return { name, path, word: quote(path), ...(await growTrace(from, path, growth)) }
  }
}
