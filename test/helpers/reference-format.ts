/** The reference reader's view of tracefs `format` files: names and numbers, nothing compiled. */

/** One `field:` line, uninterpreted beyond its numbers. */
export interface ReferenceField {
  readonly declaration: string
  readonly name: string
  readonly offset: number
  readonly size: number
  readonly signed: boolean
}

/** One format file. */
export interface ReferenceFormat {
  readonly system: string
  readonly name: string
  readonly id: number
  readonly common: ReferenceField[]
  readonly fields: ReferenceField[]
  readonly text: string
}
/** Parses one `field:` line. */
export const parseField = (line: string): ReferenceField => {
  const declaration = /^\tfield:([^;]*);/.exec(line)?.[1] ?? ''
  const number = (key: string): number =>
    Number(new RegExp(`\\b${key}:(\\d+);`).exec(line)?.[1] ?? 0)
  const name = /([A-Za-z_]\w*)\s*(\[[^\]]*\]\s*)*$/.exec(declaration)?.[1] ?? ''
  return {
    declaration,
    name,
    offset: number('offset'),
    size: number('size'),
    signed: number('signed') === 1,
  }
}

/** Parses one tracefs `format` file. */
export const parseReferenceFormat = (system: string, text: string): ReferenceFormat => {
  const head = text.slice(
    0,
    text.search(/^print fmt:/m) < 0 ? undefined : text.search(/^print fmt:/m),
  )
  const fields = head
    .split('\n')
    .filter((line) => line.startsWith('\tfield:'))
    .map(parseField)
  const isCommon = (f: ReferenceField): boolean => f.name.startsWith('common_')
  const firstOwn = fields.findIndex((f) => !isCommon(f))
  const cut = firstOwn < 0 ? fields.length : firstOwn
  return {
    system,
    name: /^name: (.*)$/m.exec(text)?.[1] ?? '',
    id: Number(/^ID: (\d+)$/m.exec(text)?.[1] ?? -1),
    common: fields.slice(0, cut),
    fields: fields.slice(cut),
    text,
  }
}
