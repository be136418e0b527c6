// The two COPY formats by name.

import { binaryTuples } from './binary-tuples.ts';
import type { Codec, Format } from './codec.ts';
import { textTuples } from './text-tuples.ts';

export const CODECS: Readonly<Record<Format, Codec>> = { binary: binaryTuples, text: textTuples };
