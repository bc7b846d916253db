/** The main thread's side of a thread that writes pieces. */
import { Worker } from 'node:worker_threads'
import { transferOf } from './report-piece.ts'
import type { Piece } from './report-plan.ts'
import type { PieceDone, PieceJob, WorkerSetup } from './report-worker.ts'

/** Pieces that a thread has at a time, so that it need not wait for the next one. */
const PIECES = 2

/** Is told that a piece is done; undefined: the thread cannot do it. */
export type PieceListener = (done: PieceDone | undefined) => void

/** A thread, and what it has to do. */
export class PieceThread {
  readonly #worker: Worker
  readonly #waiting: PieceListener[] = []
  #hasFailed = false
  /** How many of the names that are known for good it has. */
  names = 0

  constructor(setup: WorkerSetup) {
    this.#worker = new Worker(workerUrl(), { workerData: setup, trackUnmanagedFds: false })
    this.#worker.on('message', (done: PieceDone) => this.#waiting.shift()?.(done))
    this.#worker.on('error', () => this.#fail())
    this.#worker.on('exit', () => this.#fail())
  }

  /** Whether it takes another piece. */
  get isFree(): boolean {
    return !this.#hasFailed && this.#waiting.length < PIECES
  }

  /** Writes a piece, in memory that may be given. */
  write(
    piece: Piece,
    names: PieceJob['names'],
    memory: Uint8Array | undefined,
    listener: PieceListener,
  ): void {
    this.#waiting.push(listener)
    const job: PieceJob = { piece, names, memory }
    this.#worker.postMessage(job, memory ? transferOf(memory) : [])
  }

  /** Ends it, whatever it does. */
  stop(): void {
    this.#hasFailed = true
    this.#waiting.length = 0
    void this.#worker.terminate()
  }

  #fail(): void {
    this.#hasFailed = true
    for (const listener of this.#waiting.splice(0)) listener(undefined)
  }
}

function workerUrl(): URL {
  const url = new URL('./report-worker.ts', import.meta.url)
  if (import.meta.url.endsWith('.js')) url.pathname = url.pathname.replace(/\.ts$/, '.js')
  return url
}
