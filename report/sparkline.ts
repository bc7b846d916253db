/** A series of numbers as one line of block characters. */

const BLOCKS = '▁▂▃▄▅▆▇█'

/** A point of a series. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** The series in at most `width` characters, and its range: y of 0 is the lowest block. */
export function sparkline(points: readonly Point[], width: number): string {
  const known = points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))
  if (known.length === 0) return 'no values'
  const cells = binHighest(known, Math.max(1, width))
  const high = Math.max(...known.map(({ y }) => y))
  const low = Math.min(...known.map(({ y }) => y))
  const base = Math.min(0, low)
  const blocks = cells.map((y) => (y === undefined ? ' ' : blockOf(y, base, high)))
  return `${blocks.join('')}  ${low} to ${high}`
}

function blockOf(y: number, base: number, high: number): string {
  if (high === base) return BLOCKS[0]!
  return BLOCKS[
    Math.min(BLOCKS.length - 1, Math.floor(((y - base) / (high - base)) * BLOCKS.length))
  ]!
}

/** The highest y of each of at most `width` equal stretches of x; undefined where there is none. */
function binHighest(points: readonly Point[], width: number): (number | undefined)[] {
  const first = Math.min(...points.map(({ x }) => x))
  const last = Math.max(...points.map(({ x }) => x))
  const count = first === last ? 1 : Math.min(width, Math.max(2, points.length))
  const cells = new Array<number | undefined>(count).fill(undefined)
  for (const { x, y } of points) {
    const at =
      first === last ? 0 : Math.min(count - 1, Math.floor(((x - first) / (last - first)) * count))
    cells[at] = cells[at] === undefined ? y : Math.max(cells[at], y)
  }
  return cells
}
