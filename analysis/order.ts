/** The order in which macros and relations of a database are made: each after what it looks into. */
import type { Macro } from './macros.ts'

/** A relation, as far as the order needs it. */
interface Ordered {
  readonly name: string
  readonly needs: readonly unknown[]
  readonly optional: readonly unknown[]
}

const WORD = /\w+/g

/**
 * Relations are given in an order of their own. First come those over what every recording has, then
 * the macros, which may look into them, then the other relations, and last the macros that look into
 * those: no relation can use these.
 */
export function inOrder<R extends Ordered>(
  macros: readonly Macro[],
  relations: readonly R[],
): (Macro | R)[] {
  const isPlain = ({ needs, optional }: Ordered): boolean => needs.length + optional.length === 0
  const others = relations.filter((relation) => !isPlain(relation))
  const late = new Set(others.map(({ name }) => name))
  const sorted = macrosInOrder(macros)
  const isLate = new Set(
    sorted.filter(({ name, create }) => {
      const found = wordsOf(create).some((word) => late.has(word))
      if (found) late.add(name)
      return found
    }),
  )
  return [
    ...relations.filter(isPlain),
    ...sorted.filter((macro) => !isLate.has(macro)),
    ...others,
    ...isLate,
  ]
}

function macrosInOrder(macros: readonly Macro[]): Macro[] {
  const byName = new Map(macros.map((macro) => [macro.name, macro]))
  const done = new Set<Macro>()
  const visit = (macro: Macro, above: readonly Macro[]): void => {
    if (done.has(macro) || above.includes(macro)) return
    for (const word of wordsOf(macro.create)) {
      const used = byName.get(word)
      if (used && used !== macro) visit(used, [...above, macro])
    }
    done.add(macro)
  }
  for (const macro of macros) visit(macro, [])
  return [...done]
}

function wordsOf(text: string): string[] {
  return text.match(WORD) ?? []
}
