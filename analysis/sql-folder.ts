/** Folders of `.sql` files, one subfolder for each subsystem. */
import { readdirSync, readFileSync } from 'node:fs'

/** What `parse` makes of each file, in order of name. */
export function readSqlFolder<T extends { readonly name: string }>(
  folder: URL,
  parse: (subsystem: string, name: string, text: string) => T,
): T[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: subsystem }) =>
      readdirSync(new URL(`${subsystem}/`, folder))
        .filter((file) => file.endsWith('.sql'))
        .map((file) => {
          const text = readFileSync(new URL(`${subsystem}/${file}`, folder), 'utf8')
          return parse(subsystem, file.slice(0, -'.sql'.length), text)
        }),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
