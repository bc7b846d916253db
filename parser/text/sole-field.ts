/** Which arguments of a print format one field alone decides, so that their text can be remembered. */
import type { EventFormat, FieldFormat } from '../event/types.ts'
import type { Expression } from './expression.ts'

/** Functions that look at their arguments only. */
const PURE: ReadonlySet<string> = new Set([
  '__print_flags',
  '__print_flags_u64',
  '__print_symbolic',
  '__print_symbolic_u64',
])

/** The scalar field whose value decides that of the expression; undefined where there is more, or none. */
export function soleField(expression: Expression, format: EventFormat): FieldFormat | undefined {
  const names = new Set<string>()
  if (!collectFields(expression, names) || names.size !== 1) return undefined
  const [name] = names
  const field =
    format.fields.find((field) => field.name === name) ??
    format.common.find((field) => field.name === name)
  if (!field || ![1, 2, 4, 8].includes(field.size)) return undefined
  return field.kind === 'scalar' || field.kind === 'pointer' || field.kind === 'bool'
    ? field
    : undefined
}

/** Adds the fields that are read; false where something else may be. */
function collectFields(expression: Expression, names: Set<string>): boolean {
  const all = (...parts: readonly Expression[]): boolean =>
    parts.every((part) => collectFields(part, names))
  switch (expression.kind) {
    case 'integer':
    case 'string':
    case 'name':
      return true
    case 'field':
      names.add(expression.name)
      return true
    case 'unary':
      return expression.operator !== '*' && expression.operator !== '&' && all(expression.of)
    case 'binary':
      return all(expression.left, expression.right)
    case 'conditional':
      return all(expression.test, expression.yes, expression.no)
    case 'cast':
      return all(expression.of)
    case 'list':
      return all(...expression.items)
    case 'call':
      return PURE.has(expression.name) && all(...expression.args)
    case 'sizeof':
    case 'index':
      return false
  }
}
