/** Rows on their way out: what every renderer takes, whatever engine or file they come from. */

/** One column of a result: its name, its type, and how a value of it is written. */
export interface ResultColumn {
  readonly name: string
  /** Type as DuckDB spells it, for people. */
  readonly type: string
  readonly align: 'left' | 'right'
  /** Text of a value that is not null; nothing is rounded. */
  text(value: unknown): string
  /** JSON of a value that is not null; integers a double cannot hold are strings. */
  json(value: unknown): string
}

/** Some rows of a result, column by column; `null` and `undefined` are SQL's NULL. */
export interface ResultChunk {
  readonly rowCount: number
  readonly columns: readonly (readonly unknown[])[]
}

/** A result that can be read once, in bounded pieces. */
export interface ResultRows {
  readonly columns: readonly ResultColumn[]
  readonly chunks: AsyncIterable<ResultChunk>
}

/** Where rendered text goes; the promise holds the renderer back until there is room. */
export interface TextSink {
  write(text: string): Promise<void>
}

/** Text is handed to the sink in pieces of about this many characters. */
const PIECE = 1 << 16

/** Collects text and hands it on in pieces, so that a row does not cost a system call. */
export class TextBuffer {
  readonly #sink: TextSink
  #text = ''

  constructor(sink: TextSink) {
    this.#sink = sink
  }

  /** Adds text; call `drain` between rows. */
  add(text: string): void {
    this.#text += text
  }

  /** True when enough has gathered to be worth a write. */
  get full(): boolean {
    return this.#text.length >= PIECE
  }

  /** Writes what has gathered. */
  async flush(): Promise<void> {
    if (this.#text === '') return
    const text = this.#text
    this.#text = ''
    await this.#sink.write(text)
  }
}

/** A result already in memory, as `info` has it: strings, numbers and bigints by column. */
export function rowsInMemory(
  names: readonly string[],
  rows: readonly (readonly (string | number | bigint | null)[])[],
): ResultRows {
  const columns = names.map((name, index): ResultColumn => {
    const numeric =
      rows.some((row) => row[index] !== null) && rows.every((row) => isNumber(row[index]))
    return {
      name,
      type: numeric ? 'BIGINT' : 'VARCHAR',
      align: numeric ? 'right' : 'left',
      text: String,
      json: (value) => (typeof value === 'bigint' ? integerJson(value) : JSON.stringify(value)),
    }
  })
  async function* chunks(): AsyncIterable<ResultChunk> {
    yield { rowCount: rows.length, columns: names.map((_, i) => rows.map((row) => row[i] ?? null)) }
  }
  return { columns, chunks: chunks() }
}

function isNumber(value: unknown): boolean {
  return value === null || typeof value === 'number' || typeof value === 'bigint'
}

/** JSON of an integer: a number where a double holds it and its neighbours, else a string. */
export function integerJson(value: bigint): string {
  const text = value.toString()
  return value >= -9007199254740991n && value <= 9007199254740991n ? text : `"${text}"`
}
