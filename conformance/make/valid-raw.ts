/** Valid files of codec type `raw`: ways of storing bytes, and chunks. */

import { deflateSync } from 'fflate';
import { concatenate } from '../../src/container/bytes.js';
import { type BuildOptions, buildFile, raw } from './build.js';
import { DeflateWriter } from './deflate.js';
import { noise, text } from './media.js';
import { type Vector, valid } from './vector.js';

const RAW = 'codecs.md#0-raw';
const CHUNKS = 'container.md#6-chunk-table';
const DEFLATE = 'conventions.md#functions';

/** All of them. */
export async function validRaw(): Promise<Vector[]> {
  const vector = async (name: string, purpose: string, bytes: Uint8Array, options: BuildOptions = {}) =>
    valid(`raw/${name}`, purpose, [RAW, CHUNKS, DEFLATE], await buildFile([raw(bytes)], options), [bytes]);
  const deflated = (writer: DeflateWriter): BuildOptions => ({ rawPayload: () => writer.finish() });

  const story = text(1000);
  const literals = noise(257);
  const far = concatenate([noise(32768), noise(32768).subarray(0, 258)]);
  const zeros = new Uint8Array(2 ** 26);
  return [
    await vector('stored', 'bytes that do not deflate: the payload is as long as the item', noise(300)),
    await vector('deflated', 'DEFLATE with dynamic codes', story),
    await vector('one-byte', 'an item of one byte', Uint8Array.of(0x8c)),
    await vector(
      'deflate-blocks',
      'DEFLATE of blocks of several kinds: stored, stored without bytes, fixed codes, fixed codes without symbols',
      concatenate([story.subarray(0, 5), new Uint8Array(259), story.subarray(0, 3)]),
      deflated(
        new DeflateWriter()
          .stored(story.subarray(0, 5), false)
          .fixed([0, { length: 258, distance: 1 }], false)
          .stored(new Uint8Array(), false)
          .fixed([], false)
          .stored(story.subarray(0, 3), true),
      ),
    ),
    await vector(
      'deflate-fixed',
      'DEFLATE of fixed codes: literals of 8 and 9 bits, short and long matches that overlap their own output',
      concatenate([
        literals,
        literals,
        literals.subarray(0, 1),
        literals.subarray(0, 3),
        literals.subarray(0, 3),
      ]),
      deflated(
        new DeflateWriter().fixed(
          [
            ...literals,
            { length: 258, distance: 257 },
            { length: 3, distance: 1 + 257 },
            { length: 3, distance: 3 },
          ],
          true,
        ),
      ),
    ),
    await vector(
      'deflate-far',
      'DEFLATE with a match at the greatest distance, 32,768',
      far,
      deflated(
        new DeflateWriter().stored(noise(32768), false).fixed([{ length: 258, distance: 32768 }], true),
      ),
    ),
    await vector('chunks', 'ten chunks, deflated ones and stored ones', concatenate([story, noise(500)]), {
      chunks: Array<number>(10).fill(150),
    }),
    await vector('chunks-uneven', 'chunks of 1, 2, 3 ... bytes', text(120), {
      chunks: Array.from({ length: 15 }, (_, i) => i + 1),
    }),
    await vector(
      'chunks-equal',
      'two equal chunks: a decoder may not take one for the other',
      Uint8Array.from({ length: 500 }, () => 7),
      {
        chunks: [250, 250],
      },
    ),
    valid(
      'raw/chunk-greatest',
      'a chunk of as many bytes as it may have, 2^26, all of them 0',
      [RAW, 'container.md#8-limits'],
      await buildFile([raw(zeros)], { rawPayload: (bytes) => deflateSync(bytes, { level: 9 }) }),
      [zeros],
    ),
  ];
}
