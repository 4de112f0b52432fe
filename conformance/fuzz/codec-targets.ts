/** Targets that take media, side data and model packages. */

import { createHash } from 'node:crypto';
import { INDEX_STREAMS } from '../../fixtures/index-streams.js';
import { arraySideDataDictionary } from '../../src/codecs/arrays/side-data.js';
import type { CodecChoice, ParsedItem } from '../../src/codecs/codec.js';
import { sideDataDictionary } from '../../src/codecs/jpeg/canonical.js';
import { codecFor, parseFile } from '../../src/codecs/registry.js';
import { packRecord, unpackRecord } from '../../src/codecs/side-record.js';
import { openOnIntegers } from '../../src/lm/exact/exact-model.js';
import { type PackageFiles, readExactPackage } from '../../src/lm/exact/package.js';
import { packageOf } from '../../test/lm/exact/random-package.js';
import { codedFixtures, jpegFixture, type Random } from '../make/media.js';
import { tinyModel } from '../make/tiny-models.js';
import { mutateBytes, splice } from './mutate-bytes.js';
import { equal, expectThat, outcome, type Target } from './target.js';

/** Larger media would take too long a run. */
const SEED_BYTES = 2000;

const RVQ = {
  codec: 'rvq',
  codebookSizes: [1024],
  frameRate: { numerator: 50, denominator: 1 },
  sampleRate: 16000,
} as const;

const CHOICES: readonly CodecChoice[] = [
  { codec: 'vq', codebookSize: 1024 },
  { codec: 'vq', codebookSize: 2 ** 32, grid: { width: 4, height: 2 } },
  RVQ,
  { ...RVQ, axes: 'TK' },
  { ...RVQ, axes: 'NKT', depth: 2 },
];

/** A file that a codec understands is the same when it is put together again. */
export const MEDIA_TARGETS: readonly Target[] = [
  {
    name: 'jpeg',
    share: 1,
    seeds: codedFixtures().map(jpegFixture).filter(isSmall),
    mutate: mutateJpeg,
    run: (input) => expectSame(input, parseFile(input)),
  },
  {
    name: 'arrays',
    share: 3,
    seeds: Object.values(INDEX_STREAMS).filter(isSmall),
    mutate: mutateBytes,
    async run(input) {
      expectSame(input, parseFile(input));
      for (const choice of CHOICES) {
        const refused = ['input-invalid', 'argument'];
        const parsed = await outcome(
          () => parseFile(input, choice),
          (code) => refused.includes(code),
        );
        if ('value' in parsed) expectSame(input, parsed.value);
      }
    },
  },
];

function isSmall({ length }: Uint8Array): boolean {
  return length > 0 && length <= SEED_BYTES;
}

function expectSame(file: Uint8Array, { parameters, latents, sections }: ParsedItem): void {
  const rebuilt = codecFor(parameters.codec).rebuild({
    parameters,
    latents,
    section: (type) => sections.find((section) => section.type === type)?.body,
    originalLength: file.length,
  });
  expectThat(equal(rebuilt, file), `codec type ${parameters.codec} gives another file back`);
}

/** Changes bytes, or repeats, moves or drops a segment. */
function mutateJpeg(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  if (random.below(3) > 0) return mutateBytes(input, other, random);
  const source = random.below(3) === 0 ? other : input;
  const from = markerAt(source, random);
  const segment = source.subarray(from, markerAfter(source, from));
  const at = markerAt(input, random);
  return splice(input, at, random.below(2) * (markerAfter(input, at) - at), segment);
}

function markerAt(file: Uint8Array, random: Random): number {
  return markerAfter(file, random.below(file.length + 1) - 1);
}

function markerAfter(file: Uint8Array, position: number): number {
  for (let i = position + 1; i + 1 < file.length; i++) if (file[i] === 0xff && file[i + 1] >= 0xc0) return i;
  return file.length;
}

/** An item with the record in its side data, and the dictionary that deflates it. */
interface SideDataSeed {
  readonly item: ParsedItem;
  readonly length: number;
  readonly dictionary: Uint8Array;
}

/** Side data that say anything make a file no longer than declared, or are refused. */
export function sideDataTarget(): Target {
  const files: [Uint8Array, CodecChoice][] = [
    ...codedFixtures().map((name): [Uint8Array, CodecChoice] => [jpegFixture(name), 'auto']),
    [INDEX_STREAMS.clips, { ...RVQ, keys: ['a', 'b'] }],
    [INDEX_STREAMS.images, CHOICES[0]],
    [INDEX_STREAMS.clip, { ...RVQ, axes: 'TK' }],
  ];
  const items = files.map(([file, choice]): SideDataSeed => {
    const item = parseFile(file, choice);
    return { item, length: file.length, dictionary: dictionaryOf(item) };
  });
  return {
    name: 'side-data',
    share: 3,
    // The first byte of an input says of which item it is.
    seeds: items
      .map(({ item, length, dictionary }, i) =>
        Uint8Array.from([i, ...unpackRecord(item.sections[0].body, dictionary, length)]),
      )
      .filter(isSmall),
    mutate: mutateBytes,
    async run(input) {
      const { item, length, dictionary } = items[(input[0] ?? 0) % items.length];
      const body = packRecord(input.subarray(1), dictionary, length);
      if (body === undefined) return;
      const { parameters, latents } = item;
      const result = await outcome(
        () =>
          codecFor(parameters.codec).rebuild({
            parameters,
            latents,
            section: () => body,
            originalLength: length,
          }),
        (code) => code === 'section-invalid',
      );
      if ('value' in result) expectThat(result.value.length <= length, 'more bytes than declared');
    },
  };
}

function dictionaryOf({ parameters }: ParsedItem): Uint8Array {
  if (parameters.codec === 'jpeg') return sideDataDictionary(parameters.dct, parameters.nested);
  return arraySideDataDictionary(parameters);
}

/** A package that is accepted computes; any other is refused. */
export const MODEL_TARGET: Target = {
  name: 'model',
  share: 1,
  // The first byte says which file of the package the rest is.
  seeds: [seedOf(0, tinyModel('tiny-2').files.weights), seedOf(1, tinyModel('tiny-2').files.manifest)],
  mutate: mutateBytes,
  async run(input) {
    const allowed = ['model-invalid', 'limit'];
    await outcome(
      async () => (await openOnIntegers(await readExactPackage(packageFrom(input)))).close(),
      (code) => allowed.includes(code),
    );
  },
};

function seedOf(which: number, file: Uint8Array): Uint8Array {
  return Uint8Array.from([which, ...file]);
}

function packageFrom(input: Uint8Array): PackageFiles {
  const file = input.slice(1);
  if (input[0] % 2 === 1) return { ...tinyModel('tiny-2').files, manifest: file };
  const sha256 = createHash('sha256').update(file).digest('hex');
  const files = { 'weights.safetensors': { bytes: file.length, sha256 } };
  return { weights: file, manifest: packageOf(new Map(), { files }).manifest };
}
