/** Files whose header breaks one rule, and is right in all else, its CRC included. */

import type { LlmcErrorCode } from '../../src/container/errors.js';
import type { CodecParameters, DctParameters } from '../../src/container/parameters.js';
import { writeContainer } from '../../src/container/writer.js';
import { buildFile, dct, jpeg, raw, rowTokens, tokensOf } from './build.js';
import { FieldFile, u32 } from './field-file.js';
import { canonicalJpegOf, jpegFixture, text } from './media.js';
import { broken, invalid, type Vector } from './vector.js';

const HEADER = 'container.md#2-preamble-and-header';
const MODELS = 'container.md#3-model-table';
const ITEMS = 'container.md#4-item-table';
const SECTIONS = 'container.md#5-section-table';
const CHUNKS = 'container.md#6-chunk-table';
const LIMITS = 'container.md#8-limits';
const FIELDS = 'conventions.md#fields';

/** An edit of a valid file that breaks it. */
interface Edit {
  readonly name: string;
  readonly purpose: string;
  readonly spec: string;
  readonly file: Uint8Array;
  readonly change: (file: FieldFile) => unknown;
  readonly field: string | undefined;
  readonly code: LlmcErrorCode;
}

function edit(
  name: string,
  purpose: string,
  spec: string,
  file: Uint8Array,
  change: (file: FieldFile) => unknown,
  field: string | undefined,
  code: LlmcErrorCode = 'header-invalid',
): Edit {
  return { name, purpose, spec, file, change, field, code };
}

/** All of them. */
export async function invalidHeader(): Promise<Vector[]> {
  const edits = [
    ...(await tables()),
    ...(await models()),
    ...(await items()),
    ...(await dctParameters()),
    ...streamParameters(),
    ...(await sections()),
    ...(await chunks()),
  ];
  return Promise.all(
    edits.map(async ({ name, purpose, spec, file: bytes, change, field, code }) => {
      const file = await FieldFile.of(bytes);
      change(file);
      return broken(`header/${name}`, purpose, [spec], file, code, field);
    }),
  );
}

const hello = () => buildFile([raw(text(40))]);
const photo = () => buildFile([jpeg(jpegFixture('size-1x1'))]);

async function tables(): Promise<Edit[]> {
  const file = await hello();
  return [
    edit(
      'crc',
      'the CRC of the header is wrong by one bit',
      HEADER,
      file,
      (f) => f.set('header_crc', u32(0x12345678)),
      'header_crc',
      'header-crc',
    ),
    edit(
      'crc-of-damaged-field',
      'a bit of a digest in the header flipped: the CRC tells',
      HEADER,
      file,
      (f) => {
        f.build();
        const { bytes } = f.fields.find(({ name }) => name === 'header_crc') as { bytes: Uint8Array };
        f.edit('items[0].digest', (digest) => {
          digest[31] ^= 0x80;
        }).set('header_crc', bytes);
      },
      'header_crc',
      'header-crc',
    ),
    edit(
      'left-over',
      'bytes after the chunk table in a file of this minor version',
      HEADER,
      file,
      (f) => f.insertAfter('chunks[0].length', 'unknown', [0]),
      'unknown',
    ),
    edit(
      'models-256',
      'one model more than a file may have',
      LIMITS,
      file,
      (f) => f.set('model_count', 256),
      'model_count',
      'limit',
    ),
    edit(
      'models-beyond',
      'more models than the bytes that follow can hold',
      LIMITS,
      file,
      (f) => f.set('model_count', 255),
      'model_count',
    ),
    edit('items-none', 'a file without items', ITEMS, file, (f) => f.set('item_count', 0), 'item_count'),
    edit(
      'items-limit',
      'more items than a file may have',
      LIMITS,
      file,
      (f) => f.set('item_count', 2 ** 20 + 1),
      'item_count',
      'limit',
    ),
    edit(
      'items-beyond',
      'as many items as a file may have, in a few bytes',
      LIMITS,
      file,
      (f) => f.set('item_count', 2 ** 20),
      'item_count',
    ),
    edit(
      'sections-limit',
      'more sections than a file may have',
      LIMITS,
      file,
      (f) => f.set('section_count', 2 ** 21 + 1),
      'section_count',
      'limit',
    ),
    edit(
      'sections-beyond',
      'as many sections as a file may have, in a few bytes',
      LIMITS,
      file,
      (f) => f.set('section_count', 2 ** 21),
      'section_count',
    ),
    edit(
      'chunks-limit',
      'more chunks than a file may have',
      LIMITS,
      file,
      (f) => f.set('chunk_count', 2 ** 22 + 1),
      'chunk_count',
      'limit',
    ),
    edit(
      'chunks-beyond',
      'as many chunks as a file may have, in a few bytes',
      LIMITS,
      file,
      (f) => f.set('chunk_count', 2 ** 22),
      'chunk_count',
    ),
    edit(
      'count-2-53',
      'a count of 2^53 - 1',
      LIMITS,
      file,
      (f) => f.set('chunk_count', Number.MAX_SAFE_INTEGER),
      'chunk_count',
      'limit',
    ),
    edit(
      'varint-long',
      'a count that is not written in the fewest bytes',
      FIELDS,
      file,
      (f) => f.set('item_count', [0x81, 0x00]),
      'item_count',
    ),
    edit(
      'varint-2-53',
      'a varint of 2^53',
      FIELDS,
      file,
      (f) => f.set('items[0].original_length', [128, 128, 128, 128, 128, 128, 128, 16]),
      'items[0].original_length',
    ),
    edit(
      'varint-unfinished',
      'the header ends within a varint',
      FIELDS,
      file,
      (f) => f.set('chunks[0].length', [0x80]),
      'chunks[0].length',
    ),
    edit(
      'ends-in-digest',
      'the header ends within a digest',
      ITEMS,
      file,
      (f) => endAfter(f, 'items[0].digest', 31),
      'items[0].digest',
    ),
    edit(
      'ends-after-items',
      'the header ends after the item table',
      HEADER,
      file,
      (f) => endAfter(f, 'items[0].length'),
      undefined,
    ),
    edit(
      'ends-in-crc',
      'the header ends within a checksum of the chunk table',
      CHUNKS,
      file,
      (f) => endAfter(f, 'chunks[0].payload_crc', 2),
      undefined,
    ),
  ];
}

/** Drops all that follows a field, up to the CRC of the header; of the field, `bytes` stay. */
function endAfter(file: FieldFile, name: string, bytes?: number): void {
  const end = file.fields.findIndex((field) => field.name === 'header_crc');
  const from = file.fields.findIndex((field) => field.name === name);
  file.fields.splice(from + 1, end - from - 1);
  if (bytes !== undefined) file.set(name, file.fields[from].bytes.slice(0, bytes));
}

async function models(): Promise<Edit[]> {
  const adaptive = await photo();
  const fingerprint = Uint8Array.from({ length: 8 }, (_, i) => i);
  const exact = await buildFile([raw(text(40))], {
    modelsAfter: [{ profile: 'exact', arrangement: 'dct-wavefront', fingerprint, name: 'nobody' }],
  });
  const float = await buildFile([raw(text(40))], {
    modelsAfter: [
      {
        profile: 'float',
        arrangement: 'text',
        fingerprint,
        name: 'n',
        contextLength: 8,
        lanes: 1,
        runtime: 'r',
        device: 'd',
      },
    ],
  });
  const inside = 'models[0].parameters';
  return [
    edit(
      'model-left-over',
      'a byte left over in the parameters of profile adaptive',
      MODELS,
      adaptive,
      (f) => f.insertAfter(`${inside}.adaptive_model`, `${inside}.unknown`, [0]),
      `${inside}.unknown`,
    ),
    edit(
      'model-short',
      'parameters of no bytes for profile adaptive',
      MODELS,
      adaptive,
      (f) => f.set(`${inside}.adaptive_model`, []),
      `${inside}.adaptive_model`,
    ),
    edit(
      'fingerprint-7',
      'a fingerprint of 7 bytes',
      MODELS,
      exact,
      (f) => f.set(`${inside}.fingerprint_length`, [7]).set(`${inside}.fingerprint`, fingerprint.subarray(1)),
      `${inside}.fingerprint_length`,
    ),
    edit(
      'fingerprint-33',
      'a fingerprint of 33 bytes',
      MODELS,
      exact,
      (f) => f.set(`${inside}.fingerprint_length`, [33]).set(`${inside}.fingerprint`, new Uint8Array(33)),
      `${inside}.fingerprint_length`,
    ),
    edit(
      'fingerprint-beyond',
      'a fingerprint longer than the parameters',
      MODELS,
      exact,
      (f) => f.set(`${inside}.fingerprint_length`, [32]),
      `${inside}.fingerprint`,
    ),
    edit(
      'name-not-utf8',
      'a name that is not UTF-8: a lone continuation byte',
      FIELDS,
      exact,
      (f) => f.set(`${inside}.name`, [0x6e, 0x80, 0x62, 0x6f, 0x64, 0x79]),
      `${inside}.name`,
    ),
    edit(
      'name-surrogate',
      'a name with a surrogate, which UTF-8 has none of',
      FIELDS,
      exact,
      (f) => f.set(`${inside}.name`, [0x6e, 0xed, 0xa0, 0x80, 0x64, 0x79]),
      `${inside}.name`,
    ),
    edit(
      'name-overlong',
      'a name with an overlong form',
      FIELDS,
      exact,
      (f) => f.set(`${inside}.name`, [0xc1, 0xae, 0x6f, 0x62, 0x6f, 0x64]),
      `${inside}.name`,
    ),
    edit(
      'name-byte-order-mark',
      'a name that begins with a byte-order mark',
      FIELDS,
      exact,
      (f) => f.set(`${inside}.name`, [0xef, 0xbb, 0xbf, 0x6f, 0x62, 0x6f]),
      `${inside}.name`,
    ),
    edit(
      'name-beyond',
      'a name longer than the parameters',
      FIELDS,
      exact,
      (f) => f.set(`${inside}.name.length`, 2 ** 40),
      `${inside}.name`,
    ),
    edit(
      'float-left-over',
      'a byte left over in the parameters of profile float',
      MODELS,
      float,
      (f) => f.insertAfter(`${inside}.device`, `${inside}.unknown`, [0]),
      `${inside}.unknown`,
    ),
    edit(
      'float-short',
      'parameters of profile float without a device',
      MODELS,
      float,
      (f) => f.remove(`${inside}.device`).remove(`${inside}.device.length`),
      undefined,
    ),
    edit(
      'parameters-beyond',
      'model parameters longer than the header',
      MODELS,
      adaptive,
      (f) => f.set('models[0].length', 2 ** 30),
      'models[0].length',
    ),
  ];
}

async function items(): Promise<Edit[]> {
  const file = await hello();
  const coded = await photo();
  const unknown = await buildFile([raw(text(40), { type: 0x70, value: Uint8Array.of(1, 2) })]);
  return [
    edit(
      'item-model-beyond',
      'an item with a model that the table does not have',
      ITEMS,
      coded,
      (f) => f.set('items[0].model', 2),
      'items[0].model',
    ),
    edit(
      'item-raw-with-model',
      'an item of codec type raw with a model',
      ITEMS,
      await buildFile([raw(text(40))], {
        modelsAfter: [{ profile: 0x70, arrangement: 0x70, bytes: new Uint8Array() }],
      }),
      (f) => f.set('items[0].model', 1),
      'items[0].model',
    ),
    edit(
      'item-jpeg-without-model',
      'an item of codec type jpeg without a model',
      ITEMS,
      coded,
      (f) => f.set('items[0].model', 0),
      'items[0].model',
    ),
    edit(
      'item-arrangement',
      'a model whose arrangement serves another codec type',
      ITEMS,
      coded,
      (f) => f.set('models[0].arrangement', 5),
      'items[0].model',
    ),
    edit(
      'item-left-over',
      'a byte left over in the parameters of codec type raw',
      ITEMS,
      file,
      (f) => f.insertAfter('items[0].length', 'items[0].parameters.unknown', [0]),
      'items[0].parameters.unknown',
    ),
    edit(
      'item-parameters-beyond',
      'item parameters longer than the header',
      ITEMS,
      file,
      (f) => f.set('items[0].length', 2 ** 31),
      'items[0].length',
    ),
    edit(
      'item-unknown-without-tokens',
      'a codec type for private use whose parameters have no token count',
      ITEMS,
      file,
      (f) => f.set('items[0].codec', 0x70),
      undefined,
    ),
    edit(
      'digest-beyond',
      'a digest of unknown type longer than the header',
      ITEMS,
      unknown,
      (f) => f.set('items[0].digest_length', Number.MAX_SAFE_INTEGER),
      'items[0].digest_length',
    ),
    edit(
      'tokens-2-53',
      'items of more tokens together than 2^53 - 1',
      ITEMS,
      await buildFile([raw(text(40)), raw(text(40))]),
      (f) => f.set('items[0].original_length', Number.MAX_SAFE_INTEGER),
      undefined,
    ),
  ];
}

async function dctParameters(): Promise<Edit[]> {
  const page = 'codecs.md#1-jpeg-and-2-dct';
  const file = await photo();
  const canonical = await buildFile([dct(canonicalJpegOf('gray'))]);
  const steps = await buildFile([jpeg(jpegFixture('quantization-ones'))]);
  const wide = await buildFile([jpeg(jpegFixture('quantization-16-bit'))]);
  const at = 'items[0].parameters';
  return [
    edit(
      'dct-process',
      'process 3 of a frame',
      page,
      file,
      (f) =>
        f.edit(`${at}.frame`, (b) => {
          b[0] |= 3;
        }),
      `${at}.frame`,
    ),
    edit(
      'dct-frame-bit',
      'the highest bit of a frame',
      page,
      file,
      (f) =>
        f.edit(`${at}.frame`, (b) => {
          b[0] |= 0x80;
        }),
      `${at}.frame`,
    ),
    edit('dct-width-0', 'a frame of no width', page, file, (f) => f.set(`${at}.width`, 0), `${at}.width`),
    edit('dct-height-0', 'a frame of no height', page, file, (f) => f.set(`${at}.height`, 0), `${at}.height`),
    edit(
      'dct-width-65536',
      'a frame 65,536 pixels wide',
      page,
      file,
      (f) => f.set(`${at}.width`, 65536),
      `${at}.width`,
    ),
    edit(
      'dct-layout-bits',
      'a layout with a high bit',
      page,
      file,
      (f) =>
        f.edit(`${at}.components[0].layout`, (b) => {
          b[0] |= 0x40;
        }),
      `${at}.components[0].layout`,
    ),
    edit(
      'dct-table-beyond',
      'a component with a table that is not there',
      page,
      file,
      (f) =>
        f.edit(`${at}.components[1].layout`, (b) => {
          b[0] |= 0x30;
        }),
      `${at}.components[1].layout`,
    ),
    edit(
      'dct-kind-101',
      'a quantisation table of quality 101',
      page,
      file,
      (f) => f.set(`${at}.tables[0].kind`, [101]),
      `${at}.tables[0].kind`,
    ),
    edit(
      'dct-kind-127',
      'a quantisation table of kind 127',
      page,
      file,
      (f) => f.set(`${at}.tables[0].kind`, [127]),
      `${at}.tables[0].kind`,
    ),
    edit(
      'dct-kind-229',
      'a chroma quantisation table of quality 101',
      page,
      file,
      (f) => f.set(`${at}.tables[1].kind`, [229]),
      `${at}.tables[1].kind`,
    ),
    edit(
      'dct-step-0',
      'a quantisation step of 0 in 16 bits',
      page,
      wide,
      (f) =>
        f.edit(`${at}.tables[0].steps`, (b) => {
          b.fill(0, 126, 128);
        }),
      `${at}.tables[0].steps`,
    ),
    edit(
      'dct-steps-short',
      'explicit steps that the parameters end within',
      page,
      steps,
      (f) => f.set(`${at}.tables[0].kind`, [0]),
      undefined,
    ),
    edit(
      'dct-nested-cut',
      'a frame of a picture within that ends after its width',
      page,
      file,
      (f) => f.insertAfter(`${at}.tables[1].kind`, `${at}.unknown`, [0, 8]),
      `${at}.unknown`,
    ),
    edit(
      'dct-nested-eight',
      'frames of eight pictures within',
      page,
      file,
      (f) => f.insertAfter(`${at}.tables[1].kind`, `${at}.unknown`, Array(8).fill([0, 8, 8, 0, 75]).flat()),
      `${at}.unknown`,
    ),
    edit(
      'dct-left-over',
      'a byte left over after the quantisation table of an item of codec type dct',
      page,
      canonical,
      (f) => f.insertAfter(`${at}.tables[0].kind`, `${at}.unknown`, [75]),
      `${at}.unknown`,
    ),
  ];
}

/** A file of a reserved codec type, without payload: its header alone is of interest. */
function streamFile(parameters: CodecParameters, tokens: number): Uint8Array {
  return writeContainer({
    models: [{ profile: 0x70, arrangement: 0x70, bytes: new Uint8Array() }],
    items: [{ parameters, model: 0, originalLength: 0 }],
    chunks: [{ tokens, payload: new Uint8Array(), tokensCrc: 0 }],
  });
}

function streamParameters(): Edit[] {
  const fingerprint = new Uint8Array(8);
  const vq = streamFile(
    {
      codec: 'vq',
      vq: {
        codebookSize: 1024,
        groups: [{ count: 2, width: 3, height: 4 }],
        codecPackage: { name: 'p', fingerprint },
      },
    },
    24,
  );
  const rvq = streamFile(
    {
      codec: 'rvq',
      rvq: {
        codebookSizes: [8, 16],
        groups: [{ count: 1, frames: 10 }],
        frameRate: { numerator: 25, denominator: 2 },
        sampleRate: 16000,
      },
    },
    20,
  );
  const rvqCut = writeContainer({
    models: [{ profile: 0x70, arrangement: 0x70, bytes: new Uint8Array() }],
    items: [
      {
        parameters: {
          codec: 'rvq',
          rvq: {
            codebookSizes: [8, 8],
            groups: [{ count: 1, frames: 10 }],
            frameRate: { numerator: 50, denominator: 1 },
            sampleRate: 0,
          },
        },
        model: 0,
        originalLength: 0,
      },
    ],
    chunks: [10, 10].map((tokens) => ({ tokens, payload: new Uint8Array(), tokensCrc: 0 })),
  });
  const text = streamFile({ codec: 'text', text: { tokens: 5 } }, 5);
  const at = 'items[0].parameters';
  const VQ = 'codecs.md#3-vq';
  const RVQ = 'codecs.md#4-rvq';
  return [
    edit(
      'vq-codebook-0',
      'a codebook of no entries',
      VQ,
      vq,
      (f) => f.set(`${at}.codebook_size`, 0),
      `${at}.codebook_size`,
    ),
    edit(
      'vq-codebook-2-32',
      'a codebook of 2^32 + 1 entries',
      VQ,
      vq,
      (f) => f.set(`${at}.codebook_size`, 2 ** 32 + 1),
      `${at}.codebook_size`,
    ),
    edit(
      'vq-tokens-2-53',
      'a token count beyond 2^53 - 1',
      VQ,
      vq,
      (f) => f.set(`${at}.groups[0].width`, 2 ** 50),
      `${at}.groups[0].width`,
    ),
    edit(
      'vq-package-7',
      'a package fingerprint of 7 bytes',
      VQ,
      vq,
      (f) => f.set(`${at}.package_fingerprint_length`, [7]),
      `${at}.package_fingerprint_length`,
    ),
    edit('rvq-depth-0', 'no layers', RVQ, rvq, (f) => f.set(`${at}.depth`, 0), `${at}.depth`),
    edit('rvq-depth-257', 'a depth of 257', RVQ, rvq, (f) => f.set(`${at}.depth`, 257), `${at}.depth`),
    edit(
      'rvq-codebooks-equal',
      'equal codebook sizes, one by one',
      RVQ,
      rvq,
      (f) => f.set(`${at}.codebook_size[1]`, 8),
      `${at}.codebook_size`,
    ),
    edit(
      'rvq-rate-0',
      'a frame rate of 0',
      RVQ,
      rvq,
      (f) => f.set(`${at}.rate_numerator`, 0),
      `${at}.rate_numerator`,
    ),
    edit(
      'rvq-rate-denominator-0',
      'a frame rate over 0',
      RVQ,
      rvq,
      (f) => f.set(`${at}.rate_denominator`, 0),
      `${at}.rate_denominator`,
    ),
    edit(
      'rvq-rate-terms',
      'a frame rate that is not in lowest terms',
      RVQ,
      rvq,
      (f) => f.set(`${at}.rate_numerator`, 50),
      `${at}.rate_numerator`,
    ),
    edit(
      'rvq-cut',
      'a chunk that ends within a frame',
      RVQ,
      rvqCut,
      (f) => f.set('chunks[0].tokens', 11),
      'chunks[0].tokens',
    ),
    edit(
      'text-left-over',
      'a byte left over after the token count',
      'codecs.md#5-text',
      text,
      (f) => f.insertAfter(`${at}.tokens`, `${at}.unknown`, [0]),
      `${at}.unknown`,
    ),
  ];
}

async function sections(): Promise<Edit[]> {
  const file = await buildFile([raw(text(40))], {
    sections: [
      { type: 'teST', item: 0, body: text(5) },
      { type: 'teSU', item: 0, body: text(5) },
    ],
  });
  const coded = await photo();
  const letters = (type: string) => [...type].map((letter) => letter.charCodeAt(0));
  const type = (name: string, purpose: string, value: string) =>
    edit(name, purpose, SECTIONS, file, (f) => f.set('sections[0].type', letters(value)), 'sections[0].type');
  return [
    type('section-type-digit', 'a section type with a digit', 'te1T'),
    type('section-type-third', 'a section type whose third letter is lower case', 'tesT'),
    type('section-type-fourth', 'a section type whose fourth letter is lower case', 'teSt'),
    type('section-type-null', 'a section type of null bytes', '\0\0\0\0'),
    edit(
      'section-item-beyond',
      'a section of an item that is not there',
      SECTIONS,
      file,
      (f) => f.set('sections[0].item', 2),
      'sections[0].item',
    ),
    edit(
      'section-twice',
      'two sections of a type for an item',
      SECTIONS,
      file,
      (f) => f.set('sections[1].type', letters('teST')),
      'sections[1].type',
    ),
    edit(
      'section-jpeg-of-raw',
      'side data of a JPEG file for an item that is none',
      SECTIONS,
      file,
      (f) => f.set('sections[0].type', letters('JPEG')),
      'sections[0].item',
    ),
    edit(
      'section-jpeg-of-file',
      'side data of a JPEG file that concern the whole file',
      SECTIONS,
      coded,
      (f) => f.set('sections[0].item', 0),
      'sections[0].item',
    ),
    edit(
      'section-jpeg-missing',
      'an item of codec type jpeg without side data',
      SECTIONS,
      coded,
      (f) => f.set('sections[0].type', letters('tEST')),
      undefined,
    ),
    edit(
      'section-sum',
      'lengths whose sum is beyond 2^53 - 1',
      'container.md#1-layout',
      file,
      (f) => f.set('sections[1].length', Number.MAX_SAFE_INTEGER),
      'sections[1].length',
    ),
  ];
}

async function chunks(): Promise<Edit[]> {
  const file = await buildFile([raw(text(40)), raw(text(50))], { chunks: [20, 20, 50] });
  const empty = await buildFile([raw(new Uint8Array())]);
  const colour = jpeg(jpegFixture('baseline-420'));
  const row = rowTokens(colour);
  const coded = await buildFile([colour], { chunks: [row, 3 * row] });
  const thumbnails = jpeg(jpegFixture('thumbnails'));
  const nested = await buildFile([thumbnails], { chunks: [4 * row, tokensOf(thumbnails) - 4 * row] });
  const two = await buildFile([jpeg(jpegFixture('gray')), raw(text(40))]);
  const models = await buildFile([colour, jpeg(jpegFixture('gray'))], {
    modelsAfter: [{ profile: 'adaptive', arrangement: 'dct-blocks', model: 'adaptive-dct-1' }],
  });
  return [
    edit(
      'chunks-none',
      'no chunks for items that have tokens',
      CHUNKS,
      await hello(),
      (f) => {
        endAfter(f, 'chunk_count');
        f.set('chunk_count', 0);
      },
      'chunk_count',
    ),
    edit(
      'chunks-of-nothing',
      'a chunk for items that have no tokens',
      CHUNKS,
      empty,
      (f) => f.set('chunk_count', 1).insertAfter('chunk_count', 'chunks[0]', Array(9).fill(0)),
      'chunk_count',
    ),
    edit(
      'chunk-empty',
      'a chunk of no tokens',
      CHUNKS,
      file,
      (f) => f.set('chunks[0].tokens', 0),
      'chunks[0].tokens',
    ),
    edit(
      'chunk-last-empty',
      'chunks that leave nothing for the last',
      CHUNKS,
      await buildFile([raw(text(40))], { chunks: [20, 20] }),
      (f) => f.set('chunks[0].tokens', 40),
      undefined,
    ),
    edit(
      'chunk-tokens-beyond',
      'a chunk of more tokens than remain',
      CHUNKS,
      file,
      (f) => f.set('chunks[1].tokens', 2 ** 40),
      'chunks[1].tokens',
    ),
    edit(
      'chunk-raw-spans',
      'a raw chunk that spans items',
      CHUNKS,
      file,
      (f) => f.set('chunks[1].tokens', 21),
      'chunks[1].tokens',
    ),
    edit(
      'chunk-cut',
      'a chunk that ends within a row of MCUs',
      CHUNKS,
      coded,
      (f) => f.set('chunks[0].tokens', row - 64),
      'chunks[0].tokens',
    ),
    edit(
      'chunk-cut-nested',
      'a chunk that ends within a picture within a JPEG file',
      CHUNKS,
      nested,
      (f) => f.set('chunks[0].tokens', 5 * row),
      'chunks[0].tokens',
    ),
    edit(
      'chunk-spans-codecs',
      'a chunk of items of different codec types',
      CHUNKS,
      two,
      (f) => f.set('chunks[0].tokens', 60 * 64 + 40),
      undefined,
    ),
    edit(
      'chunk-spans-models',
      'a chunk of items of different models',
      CHUNKS,
      models,
      (f) => f.set('items[1].model', 2).set('chunks[0].tokens', 5 * row),
      undefined,
    ),
    edit(
      'chunk-sum',
      'lengths of chunks whose sum is beyond 2^53 - 1',
      'container.md#1-layout',
      file,
      (f) => f.set('chunks[2].length', Number.MAX_SAFE_INTEGER),
      'chunks[2].length',
    ),
    edit(
      'chunk-raw-limit',
      'a raw chunk of 2^26 + 1 bytes in a few bytes',
      LIMITS,
      await hello(),
      (f) => f.set('items[0].original_length', 2 ** 26 + 1),
      undefined,
      'limit',
    ),
    edit(
      'chunk-raw-2-53',
      'a raw item of 2^53 - 1 bytes in a few bytes',
      LIMITS,
      await hello(),
      (f) => f.set('items[0].original_length', Number.MAX_SAFE_INTEGER),
      undefined,
      'limit',
    ),
  ];
}

/** Frames that declare more than any decoder should take memory for. */
export async function invalidLimits(): Promise<Vector[]> {
  const components = Array.from({ length: 4 }, () => ({ h: 1, v: 1, table: 0 }));
  const dct: DctParameters = {
    process: 0,
    precision: 8,
    width: 65535,
    height: 65535,
    components,
    tables: [{ kind: 'ijg-luma', quality: 50 }],
  };
  const rows = 8192;
  const bomb = (cuts: number) =>
    writeContainer({
      models: [{ profile: 'adaptive', arrangement: 'dct-blocks', model: 'adaptive-dct-1' }],
      items: [{ parameters: { codec: 'dct', dct }, model: 0, originalLength: 1000 }],
      chunks: Array.from({ length: cuts }, () => ({
        tokens: (rows / cuts) * 8192 * 64 * 4,
        payload: new Uint8Array(),
        tokensCrc: 0,
      })),
    });
  const raw = (tokens: number, cuts: number) =>
    writeContainer({
      items: [{ parameters: { codec: 'raw' }, originalLength: tokens * cuts }],
      chunks: Array.from({ length: cuts }, () => ({ tokens, payload: Uint8Array.of(1), tokensCrc: 0 })),
    });
  return [
    invalid(
      'limit/raw-item',
      'a raw item of 2^32 bytes in 64 chunks of a byte: no more than 1,032 times the bytes of the file can come of it',
      [LIMITS],
      raw(2 ** 26, 64),
      'limit',
    ),
    invalid(
      'limit/raw-item-greatest',
      'a raw item of 2^34 bytes in 256 chunks of a byte',
      [LIMITS],
      raw(2 ** 26, 256),
      'limit',
    ),
    invalid(
      'limit/dct-item',
      'a frame of 2^34 coefficients, all in one chunk of no bytes',
      [LIMITS],
      bomb(1),
      'limit',
    ),
    invalid('limit/dct-item-chunks', 'the same in 512 chunks', [LIMITS], bomb(512), 'limit'),
  ];
}
