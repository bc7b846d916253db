/** Counts what was compared, and how: the comparer's only state. */

/** How the comparison of one thing ended; `note` is the name of the rule for the middle two. */
export type Verdict =
  /** Proven equal. */
  | { readonly kind: 'exact' }
  /** Equal as far as the reference text goes; part of the value is not in it. */
  | { readonly kind: 'partial'; readonly note: string }
  /** The reference text says nothing about the value. */
  | { readonly kind: 'exempt'; readonly note: string }
  | { readonly kind: 'different' }

export const EXACT: Verdict = { kind: 'exact' }
export const DIFFERENT: Verdict = { kind: 'different' }
export const partial = (note: string): Verdict => ({ kind: 'partial', note })
export const exempt = (note: string): Verdict => ({ kind: 'exempt', note })

const MAX_SAMPLES = 8

/** Counts of one file, or of all. */
export class Tally {
  exact = 0
  partial = 0
  exempt = 0
  different = 0
  readonly notes: Map<string, number> = new Map<string, number>()
  /** Differences in words, the first few. */
  readonly samples: string[] = []

  /** Counts a verdict; `describe` is called only for differences. */
  add(verdict: Verdict, describe: () => string): void {
    this[verdict.kind]++
    if (verdict.kind === 'different') {
      if (this.samples.length < MAX_SAMPLES) this.samples.push(describe())
    } else if (verdict.kind !== 'exact') this.note(verdict.note, 1)
  }

  /** Counts `count` things compared exactly. */
  same(count = 1): void {
    this.exact += count
  }

  /** Counts a difference. */
  differ(sample: string): void {
    this.add(DIFFERENT, () => sample)
  }

  note(note: string, count: number): void {
    this.notes.set(note, (this.notes.get(note) ?? 0) + count)
  }

  /** Adds another tally's counts to this one's. */
  merge(other: Tally): void {
    this.exact += other.exact
    this.partial += other.partial
    this.exempt += other.exempt
    this.different += other.different
    for (const [note, count] of other.notes) this.note(note, count)
    for (const sample of other.samples)
      if (this.samples.length < MAX_SAMPLES) this.samples.push(sample)
  }

  toString(): string {
    const parts = [`${this.exact} exact`]
    if (this.partial > 0) parts.push(`${this.partial} partial`)
    if (this.exempt > 0) parts.push(`${this.exempt} exempt`)
    if (this.different > 0) parts.push(`${this.different} DIFFERENT`)
    return parts.join(', ')
  }
}
