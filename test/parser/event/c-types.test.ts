import t from 'tap'
import { type CType, lookUpType } from '../../../parser/event/c-types.ts'

type Row = [size32: number, size64: number, signed: boolean, kind: CType['kind']]

const TYPES: Record<string, Row> = {
  char: [1, 1, true, 'char'],
  'const char': [1, 1, true, 'char'],
  'unsigned char': [1, 1, false, 'integer'],
  'signed char': [1, 1, true, 'integer'],
  u8: [1, 1, false, 'integer'],
  __s8: [1, 1, true, 'integer'],
  short: [2, 2, true, 'integer'],
  'unsigned short int': [2, 2, false, 'integer'],
  umode_t: [2, 2, false, 'integer'],
  old_uid_t: [2, 2, false, 'integer'],
  int: [4, 4, true, 'integer'],
  'const int': [4, 4, true, 'integer'],
  unsigned: [4, 4, false, 'integer'],
  uint: [4, 4, false, 'integer'],
  'volatile unsigned int': [4, 4, false, 'integer'],
  'enum zone_type': [4, 4, false, 'integer'],
  pid_t: [4, 4, true, 'integer'],
  'const clockid_t': [4, 4, true, 'integer'],
  mqd_t: [4, 4, true, 'integer'],
  uid_t: [4, 4, false, 'integer'],
  long: [4, 8, true, 'integer'],
  'long int': [4, 8, true, 'integer'],
  'unsigned long': [4, 8, false, 'address'],
  'long unsigned int': [4, 8, false, 'address'],
  size_t: [4, 8, false, 'integer'],
  ssize_t: [4, 8, true, 'integer'],
  off_t: [4, 8, true, 'integer'],
  loff_t: [8, 8, true, 'integer'],
  'long long': [8, 8, true, 'integer'],
  'unsigned long long': [8, 8, false, 'integer'],
  __be64: [8, 8, false, 'integer'],
  bool: [1, 1, false, 'bool'],
  cpumask_t: [4, 8, false, 'cpumask'],
  'const char *': [4, 8, false, 'address'],
  'void __user *': [4, 8, false, 'address'],
  cap_user_header_t: [4, 8, false, 'address'],
  'struct sockaddr': [0, 0, false, 'opaque'],
  'const union orb': [0, 0, false, 'opaque'],
}

t.test('sizes, signs and classes', async (t) => {
  for (const [name, [size32, size64, signed, kind]] of Object.entries(TYPES)) {
    t.same(lookUpType(name, 4), { size: size32, signed, kind }, `${name}, 32 bits`)
    t.same(lookUpType(name, 8), { size: size64, signed, kind }, `${name}, 64 bits`)
  }
})

t.test('unknown names', async (t) => {
  for (const name of ['', 'const', 'foo_t', 'u128', 'unsigned foo', 'uuid_t', 'constructor']) {
    t.equal(lookUpType(name, 8), undefined, name)
  }
})
