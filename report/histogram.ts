/** Bars of asterisks: histograms in the shape that bcc and ftrace users know, and bars with labels. */
import { displayWidth, padDisplay } from './display-width.ts'

/** Cells of the longest bar. */
const BAR = 40

/** A bucket, from `low` to `high` inclusive. */
export interface Bucket {
  readonly low: string
  readonly high: string
  /** NaN where it is not known. */
  readonly count: number
}

/** Lines of a histogram; `unit` heads the buckets' column. */
export function histogramLines(buckets: readonly Bucket[], unit: string): string[] {
  const filled = fillPowers(buckets)
  const wide = (texts: string[], least: number) => Math.max(least, ...texts.map(displayWidth))
  const low = wide(
    filled.map((bucket) => bucket.low),
    10,
  )
  const high = wide(
    filled.map((bucket) => bucket.high),
    10,
  )
  const most = highest(filled)
  const counts = wide(
    filled.map(({ count }) => countText(count)),
    8,
  )
  return [
    `${padDisplay(unit, low, true)}${' '.repeat(high + 4)} : ${'count'.padEnd(counts)} distribution`,
    ...filled.map(
      (bucket) =>
        `${padDisplay(bucket.low, low, true)} -> ${padDisplay(bucket.high, high, false)} : ` +
        `${countText(bucket.count).padEnd(counts)} |${bar(bucket.count, most)}|`,
    ),
  ]
}

/** Lines of labels, each with its bar. */
export function barLines(bars: readonly { label: string; count: number }[]): string[] {
  const width = Math.max(0, ...bars.map(({ label }) => displayWidth(label)))
  const counts = Math.max(0, ...bars.map(({ count }) => countText(count).length))
  const most = highest(bars)
  return bars.map(
    ({ label, count }) =>
      `${padDisplay(label, width, false)} : ${countText(count).padStart(counts)} |${bar(count, most)}|`,
  )
}

function highest(counted: readonly { readonly count: number }[]): number {
  let most = 0
  for (const { count } of counted) if (count > most) most = count
  return most
}

function bar(count: number, most: number): string {
  const cells = most > 0 && count > 0 ? Math.floor((count / most) * BAR) : 0
  return '*'.repeat(cells).padEnd(BAR)
}

function countText(count: number): string {
  if (Number.isNaN(count)) return 'NULL'
  return Number.isInteger(count) ? String(count) : count.toFixed(2)
}

/** Adds the buckets without rows between two that have some, where buckets double in width. */
function fillPowers(buckets: readonly Bucket[]): Bucket[] {
  const filled: Bucket[] = []
  for (const bucket of buckets) {
    const before = filled.at(-1)
    if (before && isWhole(before) && isWhole(bucket) && isPowerBucket(bucket))
      filled.push(...between(BigInt(before.high) + 1n, BigInt(bucket.low)))
    filled.push(bucket)
  }
  return filled
}

/** The doubling buckets from one number up to another; none when doubling does not lead there. */
function between(from: bigint, to: bigint): Bucket[] {
  const empty: Bucket[] = []
  let low = from
  for (; low > 0n && low < to; low *= 2n)
    empty.push({ low: String(low), high: String(2n * low - 1n), count: 0 })
  return low === to ? empty : []
}

function isWhole({ low, high }: Bucket): boolean {
  return /^-?\d+$/.test(low) && /^-?\d+$/.test(high)
}

function isPowerBucket({ low, high }: Bucket): boolean {
  return BigInt(high) + 1n === 2n * BigInt(low)
}
