/** SQL macros over any recording, kept in the `.sql` files of this folder. */
import { readdirSync, readFileSync } from 'node:fs'
import { TraceError } from '../parser/error.ts'

/** A macro: its name, what it is, and the statement that makes it. */
export interface Macro {
  /** Always `main`: macros are called by their bare names. */
  readonly schema: 'main'
  readonly name: string
  /** As in `wall(ts)`. */
  readonly signature: string
  /** One sentence: what it gives, its type and unit. */
  readonly summary: string
  /** Where the rule comes from. */
  readonly source: string
  readonly create: string
}

const FOLDER = new URL('./', import.meta.url)

/** All macros, in the order of their files. Fails with ERR_SQL when a file is malformed. */
export function readMacros(): Macro[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .flatMap((file) =>
      readFileSync(new URL(file, FOLDER), 'utf8')
        .split(/^(?=-- macro: )/m)
        .slice(1)
        .map(parseMacro),
    )
}

const BLOCK =
  /^-- macro: ((\w+)\([^)\n]*\))\n-- ([^\n]+)\n-- source: ([^\n]+)\n(create or replace macro [\s\S]+)$/

function parseMacro(block: string): Macro {
  const [, signature, name, summary, source, create] = BLOCK.exec(block.trimEnd()) ?? []
  if (!signature || !name || !summary || !source || !create)
    throw new TraceError('ERR_SQL', `malformed macro: ${block.slice(0, 60)}`)
  return { schema: 'main', name, signature, summary, source, create }
}
