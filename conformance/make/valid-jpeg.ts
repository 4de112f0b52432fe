/** Valid files of codec type `jpeg`: every kind of JPEG file, with the adaptive model. */

import { buildFile, jpeg, rowTokens, tokensOf } from './build.js';
import { codedFixtures, jpegFixture } from './media.js';
import { type Vector, valid } from './vector.js';

const CODEC = 'codecs.md#1-jpeg-and-2-dct';
const ADAPTIVE_PAGE = 'adaptive-dct.md';

/** What files of fixtures/jpeg exercise beside the codec, by their names: sections of jpeg.md. */
const SUBJECTS: readonly (readonly [RegExp, string])[] = [
  [/^progressive/, 'jpeg.md#63-ac-scans-of-progressive-frames-g122-g123'],
  [/restarts|truncated|broken|eoi/, 'jpeg.md#3-scan-records'],
  [/thumbnail|two-images/, 'jpeg.md#41-pictures-within'],
  [/padding|zero-runs|short-runs/, 'jpeg.md#3-scan-records'],
  [/optimised|quantization|12-bit/, 'jpeg.md#7-derived-tables'],
];

/** All of them. */
export async function validJpeg(): Promise<Vector[]> {
  const files = await Promise.all(
    codedFixtures().map(async (name) => {
      const bytes = jpegFixture(name);
      const subjects = SUBJECTS.filter(([pattern]) => pattern.test(name)).map(([, section]) => section);
      const spec = [
        CODEC,
        'jpeg.md#1-side-data',
        'jpeg.md#4-rebuilding',
        ...new Set(subjects),
        ADAPTIVE_PAGE,
      ];
      const purpose = `a JPEG file: ${name.replaceAll('-', ' ')}`;
      return valid(`jpeg/${name}`, purpose, spec, await buildFile([jpeg(bytes)]), [bytes]);
    }),
  );
  return [...files, ...(await chunked())];
}

async function chunked(): Promise<Vector[]> {
  const colour = jpeg(jpegFixture('baseline-420'));
  const gray = jpeg(jpegFixture('gray'));
  const progressive = jpeg(jpegFixture('progressive'));
  const row = rowTokens(colour);
  const rows = tokensOf(colour) / row;
  const spec = [CODEC, 'container.md#6-chunk-table', ADAPTIVE_PAGE];
  const both = [colour, gray, progressive];
  const outputs = both.map(({ bytes }) => bytes);
  const [colourTokens, grayTokens, progressiveTokens] = both.map(tokensOf);
  return [
    valid(
      'jpeg/chunks',
      'a chunk an MCU row',
      spec,
      await buildFile([colour], { chunks: Array<number>(rows).fill(row) }),
      [colour.bytes],
    ),
    valid(
      'jpeg/chunks-uneven',
      'chunks of one MCU row and of all others',
      spec,
      await buildFile([colour], { chunks: [row, (rows - 1) * row] }),
      [colour.bytes],
    ),
    valid(
      'jpeg/items-one-chunk',
      'three images of different shape in one chunk: the model goes on from one to the next',
      spec,
      await buildFile(both, { chunks: [colourTokens + grayTokens + progressiveTokens] }),
      outputs,
    ),
    valid(
      'jpeg/items-across-chunks',
      'chunks that begin within one image and end within another',
      spec,
      await buildFile(both, {
        chunks: [2 * row, colourTokens - 2 * row + grayTokens + row, progressiveTokens - row],
      }),
      outputs,
    ),
    valid(
      'jpeg/no-digest',
      'no digest: the checksums of the chunk are all there is',
      spec,
      await buildFile([jpeg(colour.bytes, 'none')]),
      [colour.bytes],
    ),
    valid(
      'jpeg/models-two',
      'the model is the second of the table, the first of an unknown profile',
      [CODEC, 'container.md#3-model-table'],
      await buildFile([gray], {
        modelsBefore: [{ profile: 0x70, arrangement: 1, bytes: new Uint8Array(3) }],
      }),
      [gray.bytes],
    ),
  ];
}
