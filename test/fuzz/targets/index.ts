/** All that is fuzzed. */
import { Random } from '../../helpers/random.ts'
import type { FuzzInput, Target } from '../target.ts'
import { FILE_TARGETS } from './files.ts'
import { LANGUAGE_TARGETS } from './languages.ts'

/** Every target, in the order of the summary. */
export const TARGETS: readonly Target[] = [...FILE_TARGETS, ...LANGUAGE_TARGETS]

/** The input of a seed. */
export const inputOf = (target: Target, seed: number): FuzzInput => target.make(new Random(seed))
