/** One line on a terminal's stderr that says how far long work is. */

/** How far the work is. */
export interface Progress {
  readonly bytes: number
  readonly events: number
  readonly totalEvents: number
}

const EVERY_MS = 100

/** Draws progress, at most ten times a second; `done` removes the line. */
export class ProgressLine {
  readonly #enabled: boolean
  /** When the first progress was made: what came before says nothing about the rate. */
  #start = 0
  #next = 0
  #drawn = false

  /** Draws nothing when `quiet`, or when stderr is no terminal. */
  constructor(quiet: boolean) {
    this.#enabled = !quiet && process.stderr.isTTY === true
  }

  /** Whether what is said can be seen. */
  get isShown(): boolean {
    return this.#enabled
  }

  /** Takes the present state. */
  update(progress: Progress): void {
    if (!this.#enabled) return
    const now = performance.now()
    if (this.#start === 0) {
      this.#start = now
      this.#next = now + EVERY_MS
    }
    if (now < this.#next) return
    this.#next = now + EVERY_MS
    this.show(progressText(progress, (now - this.#start) / 1000))
  }

  /** Replaces the line by another one. */
  show(text: string): void {
    if (!this.#enabled) return
    this.#drawn = true
    process.stderr.write(`\r${text}\u001b[K`)
  }

  /** Ends the line. */
  done(): void {
    if (this.#drawn) process.stderr.write('\r\u001b[K')
    this.#drawn = false
  }
}

/** `45%  12.6 MB  2,500,000 events  1,250,000 events/s  ETA 0:02`. */
export function progressText({ bytes, events, totalEvents }: Progress, seconds: number): string {
  const share = totalEvents > 0 ? Math.min(1, events / totalEvents) : 0
  const rate = seconds > 0 ? events / seconds : 0
  const left = share > 0 ? (seconds / share) * (1 - share) : undefined
  return [
    `${Math.floor(share * 100)}%`,
    `${(bytes / 1e6).toFixed(1)} MB`,
    `${grouped(events)} events`,
    `${grouped(Math.round(rate))} events/s`,
    left === undefined ? 'ETA ?' : `ETA ${clockText(left)}`,
  ].join('  ')
}

/** `1:05`, rounded up. Unit: seconds. */
export function clockText(seconds: number): string {
  const whole = Math.ceil(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** A number with commas. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}
