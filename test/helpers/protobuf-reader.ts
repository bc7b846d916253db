/**
 * Reads protocol buffers by a schema, strictly: what is not in the schema, of another wire type, or
 * not UTF-8 fails. Independent of what writes them.
 */

/** A message: values by field name, repeated ones as arrays. */
export type Message = { readonly [field: string]: Value | readonly Value[] }

/** A value; integers of 64 bits are bigint. */
export type Value = number | bigint | string | boolean | Uint8Array | Message

interface Field {
  readonly type: string
  readonly isRepeated: boolean
  readonly name: string
}

/** Messages by name, their fields by number. */
export type Schema = ReadonlyMap<string, ReadonlyMap<number, Field>>

/** Parses lines of `message Name` and `number type name`. */
export function parseSchema(text: string): Schema {
  const schema = new Map<string, Map<number, Field>>()
  let fields = new Map<number, Field>()
  for (const line of text.trim().split('\n')) {
    const [first = '', second = '', name = ''] = line.split(' ')
    if (first === 'message') {
      fields = new Map()
      schema.set(second, fields)
    } else {
      const isRepeated = second.endsWith('[]')
      fields.set(Number(first), { type: second.replace('[]', ''), isRepeated, name })
    }
  }
  return schema
}

const SMALL: Readonly<Record<string, (value: bigint) => Value>> = {
  uint32: (value) => Number(BigInt.asUintN(32, value)),
  int32: (value) => Number(BigInt.asIntN(32, value)),
  enum: (value) => Number(BigInt.asIntN(32, value)),
  bool: (value) => value !== 0n,
  uint64: (value) => value,
  int64: (value) => BigInt.asIntN(64, value),
}
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads one message, which fills all of `bytes`. */
export function readMessage(schema: Schema, name: string, bytes: Uint8Array): Message {
  const fields = schema.get(name)
  if (!fields) throw new Error(`no message ${name}`)
  const message: Record<string, Value | Value[]> = {}
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (at >= bytes.length) throw new Error(`${name}: a varint is cut`)
      const byte = bytes[at++]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new Error(`${name}: a varint is too long`)
  }
  const piece = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw new Error(`${name}: ${length} bytes are not there`)
    at += length
    return bytes.subarray(at - length, at)
  }
  const value = (wire: number, type: string): Value => {
    if (wire === 0 && SMALL[type]) return SMALL[type](varint())
    if (wire === 1 && (type === 'fixed64' || type === 'double')) {
      const view = new DataView(piece(8).slice().buffer)
      return type === 'double' ? view.getFloat64(0, true) : view.getBigUint64(0, true)
    }
    if (wire !== 2) throw new Error(`${name}: wire type ${wire} is not for ${type}`)
    const inner = piece(Number(varint()))
    if (type === 'string') return DECODER.decode(inner)
    if (type === 'bytes') return inner
    return readMessage(schema, type, inner)
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const field = fields.get(tag >>> 3)
    if (!field) throw new Error(`${name}: field ${tag >>> 3} is not in the schema`)
    const read = value(tag & 7, field.type)
    const known = message[field.name]
    if (!field.isRepeated && known !== undefined) throw new Error(`${name}: ${field.name} twice`)
    if (!field.isRepeated) message[field.name] = read
    else if (known === undefined) message[field.name] = [read]
    else (known as Value[]).push(read)
  }
  return message
}
