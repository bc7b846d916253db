/** The corpus of real format files under fixtures/formats. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { fixture } from './paths.ts'

/** One distinct format text and the kernels that print it. */
export interface CorpusFormat {
  readonly system: string
  readonly longSize: 4 | 8
  readonly littleEndian: boolean
  /** Architecture and release, e.g. `s390x 6.1.0-50-s390x`. */
  readonly kernels: readonly string[]
  readonly text: string
}

/** All formats of the corpus. */
export const readCorpus = (): CorpusFormat[] =>
  gunzipSync(readFileSync(fixture('formats', 'formats.jsonl.gz')))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CorpusFormat)

/** A format text of the given own field lines, as a kernel of today prints it. */
export const formatOf = (name: string, fields: readonly string[], printFmt = '"x"'): string =>
  [
    `name: ${name}`,
    'ID: 77',
    'format:',
    '\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;',
    '\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;',
    '\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;',
    '\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;',
    '',
    ...fields.map((line) => `\tfield:${line}`),
    '',
    `print fmt: ${printFmt}`,
    '',
  ].join('\n')
