/**
 * Drives workers: hands out one input at a time, watches time and memory, starts anew after what ended
 * a worker, and counts what came of the inputs.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Done, Job } from './worker.ts'

/** What an input may take. */
export interface Bounds {
  /** CPU time, in ms. */
  readonly cpuMs: number
  /** Time by the clock after which a worker is taken for hung, in ms. */
  readonly wallMs: number
  /** Resident memory of a worker, in bytes. */
  readonly bytes: number
}

/** Far above what sound inputs take, on a machine that is busy with other work. */
export const BOUNDS: Bounds = { cpuMs: 10_000, wallMs: 120_000, bytes: 1.2e9 }

/** An input that did what must not happen. */
export interface Finding extends Job {
  readonly problem: string
}

/** What came of a target's inputs. */
export interface Tally {
  inputs: number
  cpuMs: number
  slowestMs: number
  readonly outcomes: Map<string, number>
}

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url))
const HEAP_MB = 512
const WATCH_EVERY_MS = 100

/** Runs inputs one by one; `close` ends its worker. */
export class FuzzRunner {
  readonly findings: Finding[] = []
  readonly tallies: Map<string, Tally> = new Map<string, Tally>()
  /** Most resident memory seen of a worker, in bytes. */
  mostBytes = 0
  readonly #bounds: Bounds
  readonly #path: string
  #worker: ChildProcess | undefined

  constructor(bounds: Bounds = BOUNDS, worker: string = WORKER) {
    this.#bounds = bounds
    this.#path = worker
  }

  /** Runs one input and counts what came of it. */
  async run(job: Job): Promise<void> {
    const { outcome, problem, cpuMs } = await this.#ask(job)
    const tally = this.#tally(job.target)
    tally.inputs++
    tally.cpuMs += cpuMs
    tally.slowestMs = Math.max(tally.slowestMs, cpuMs)
    const slow = cpuMs > this.#bounds.cpuMs ? `took ${Math.round(cpuMs)} ms of CPU` : undefined
    const bad = problem ?? slow
    if (bad !== undefined) this.findings.push({ ...job, problem: bad })
    const word = bad === undefined ? outcome! : 'FOUND'
    tally.outcomes.set(word, (tally.outcomes.get(word) ?? 0) + 1)
  }

  /** Ends the worker. */
  close(): void {
    this.#worker?.removeAllListeners()
    this.#worker?.kill('SIGKILL')
    this.#worker = undefined
  }

  #tally(target: string): Tally {
    const known = this.tallies.get(target)
    if (known) return known
    const made: Tally = { inputs: 0, cpuMs: 0, slowestMs: 0, outcomes: new Map() }
    this.tallies.set(target, made)
    return made
  }

  #ask(job: Job): Promise<Done> {
    const worker = this.#worker ?? this.#start()
    const start = performance.now()
    return new Promise((resolve) => {
      let said = ''
      const listen = (piece: Buffer): void => {
        said = (said + piece.toString()).slice(-4000)
      }
      const finish = (done: Done): void => {
        clearInterval(watch)
        worker.off('message', finish).off('exit', exited)
        worker.stderr?.off('data', listen)
        resolve(done)
      }
      const give = (problem: string): void => {
        this.close()
        finish({ problem, cpuMs: performance.now() - start })
      }
      const exited = (code: number | null, signal: string | null): void =>
        give(`the worker ended: ${signal ?? code}\n${said}`)
      const watch = setInterval(() => {
        const bytes = residentBytes(worker.pid)
        this.mostBytes = Math.max(this.mostBytes, bytes)
        if (bytes > this.#bounds.bytes) give(`took ${Math.round(bytes / 1e6)} MB of memory`)
        else if (performance.now() - start > this.#bounds.wallMs)
          give(`no end after ${this.#bounds.wallMs / 1000} s`)
      }, WATCH_EVERY_MS)
      worker.stderr?.on('data', listen)
      worker.once('message', finish).once('exit', exited)
      worker.send(job)
    })
  }

  #start(): ChildProcess {
    const worker = fork(this.#path, [], {
      execArgv: [`--max-old-space-size=${HEAP_MB}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#worker = worker
    return worker
  }
}

/** Resident memory of a process; 0 where it cannot be told. */
function residentBytes(pid: number | undefined): number {
  try {
    const [, pages = '0'] = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')
    return Number(pages) * 4096
  } catch {
    return 0
  }
}
