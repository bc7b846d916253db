/** Which columns of a table fit a terminal, and how wide each may be. */

/** A column narrower than this is not cut further. */
const NARROWEST = 8
/** What a cell costs beside its text: a space on either side and a border. */
const FRAME = 3

/** Columns in the order shown (`undefined` stands for those left out) and the width of each. */
export interface Fit {
  readonly columns: (number | undefined)[]
  readonly widths: number[]
}

/** Cuts the widest columns first; when that is not enough, leaves out the middle ones. */
export function fitColumns(natural: readonly number[], width: number | undefined): Fit {
  const all = natural.map((_, i) => i)
  if (width === undefined || tableWidth(natural) <= width)
    return { columns: all, widths: [...natural] }
  const least = natural.map((w) => Math.min(w, NARROWEST))
  if (tableWidth(least) <= width) return { columns: all, widths: shrink(natural, width) }

  const columns = dropMiddle(least, width)
  const widths = columns.map((column) => (column === undefined ? 1 : natural[column]!))
  return { columns, widths: shrink(widths, width) }
}

function tableWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + FRAME, 1)
}

/** Lowers one limit for all columns until they fit, never below `NARROWEST`. */
function shrink(natural: readonly number[], width: number): number[] {
  let limit = Math.max(NARROWEST, ...natural)
  const cut = () => natural.map((w) => Math.min(w, limit))
  while (limit > NARROWEST && tableWidth(cut()) > width) limit--
  const widths = cut()
  let spare = width - tableWidth(widths)
  for (let i = 0; i < widths.length && spare > 0; i++) {
    if (widths[i]! < natural[i]!) {
      widths[i]!++
      spare--
    }
  }
  return widths
}

/** Keeps columns from both ends, at least the first, with one gap where the others were. */
function dropMiddle(least: readonly number[], width: number): (number | undefined)[] {
  const left: number[] = []
  const right: number[] = []
  let used = 1 + 1 + FRAME
  for (let kept = 0; kept < least.length; kept++) {
    const fromLeft = left.length <= right.length
    const column = fromLeft ? left.length : least.length - 1 - right.length
    const cost = least[column]! + FRAME
    if (kept > 0 && used + cost > width) break
    used += cost
    if (fromLeft) left.push(column)
    else right.unshift(column)
  }
  return left.length + right.length === least.length
    ? [...left, ...right]
    : [...left, undefined, ...right]
}
