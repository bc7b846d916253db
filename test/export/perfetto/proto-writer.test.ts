import t from 'tap'
import { ProtoWriter } from '../../../export/perfetto/proto-writer.ts'
import { parseSchema, readMessage } from '../../helpers/protobuf-reader.ts'

const schema = parseSchema(`
message Outer
1 uint64 number
2 int64 signed
3 string text
4 fixed64 fixed
5 Outer inner
6 uint64[] numbers
200 bool far`)

function hex(fill: (proto: ProtoWriter) => void): string {
  const proto = new ProtoWriter(4)
  fill(proto)
  return Buffer.from(proto.take()).toString('hex')
}

t.test('bytes as the encoding has them', async (t) => {
  const cases: readonly [string, (proto: ProtoWriter) => void][] = [
    ['0800', (proto) => proto.integer(1, 0)],
    ['087f', (proto) => proto.integer(1, 127)],
    ['088001', (proto) => proto.integer(1, 128)],
    ['089601', (proto) => proto.integer(1, 150n)],
    ['08ffffffff0f', (proto) => proto.integer(1, 0xffff_ffff)],
    ['10ffffffffffffffffff01', (proto) => proto.integer(2, -1)],
    ['1a0774657374696e67', (proto) => proto.text(3, 'testing')],
    ['1a03e282ac', (proto) => proto.text(3, '€')],
    ['210100000000000000', (proto) => proto.fixed64(4, 1)],
    ['c00c01', (proto) => proto.integer(200, 1)],
  ]
  for (const [wanted, fill] of cases) t.equal(hex(fill), wanted)
  const nested = (proto: ProtoWriter): void => {
    proto.begin(5)
    proto.integer(1, 150)
    proto.end()
  }
  t.equal(hex(nested), '2a03089601')
})

t.test('integers of 64 bits come back exactly', async (t) => {
  for (const shift of [0n, 6n, 7n, 27n, 28n, 29n, 31n, 32n, 52n, 53n, 55n, 56n, 62n])
    for (const value of [(1n << shift) - 1n, 1n << shift, (1n << shift) + 1n]) {
      const proto = new ProtoWriter()
      proto.integer(1, value)
      t.same(readMessage(schema, 'Outer', proto.take()), { number: value })
      proto.integer(2, -value)
      t.same(readMessage(schema, 'Outer', proto.take()), { signed: -value })
    }
  const proto = new ProtoWriter()
  proto.integer(1, (1n << 64n) - 1n)
  proto.integer(2, -(1n << 63n))
  t.same(readMessage(schema, 'Outer', proto.take()), {
    number: (1n << 64n) - 1n,
    signed: -(1n << 63n),
  })
})

t.test('messages of any length, inside each other', async (t) => {
  for (const length of [0, 1, 126, 127, 128, 129, 16_381, 16_384, 70_000]) {
    const proto = new ProtoWriter(8)
    const text = 'é'.repeat(length)
    proto.begin(5)
    proto.begin(5)
    proto.text(3, text)
    proto.end()
    proto.integer(1, 7)
    proto.end()
    proto.integer(1, 8)
    t.same(readMessage(schema, 'Outer', proto.take()), {
      inner: { inner: { text }, number: 7n },
      number: 8n,
    })
  }
})

t.test('a writer begins anew after it was taken from', async (t) => {
  const proto = new ProtoWriter(4)
  proto.integer(6, 1)
  t.equal(proto.length, 2)
  proto.take()
  t.equal(proto.length, 0)
  proto.integer(6, 2)
  proto.fields(new Uint8Array([0x30, 3]))
  t.same(readMessage(schema, 'Outer', proto.take()), { numbers: [2n, 3n] })
})
