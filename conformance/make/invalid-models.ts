/** Files of codec types and models that a decoder does not know, or does not have. */

import { serializeEmbeddedModel } from '../../src/container/embedded-model.js';
import type { LlmcErrorCode } from '../../src/container/errors.js';
import type { ModelEntry } from '../../src/container/header.js';
import type { CodecParameters } from '../../src/container/parameters.js';
import { writeContainer } from '../../src/container/writer.js';
import { ADAPTIVE, buildFile, jpeg, nobodysFloatModel, raw } from './build.js';
import { FieldFile } from './field-file.js';
import { jpegFixture, text } from './media.js';
import { invalid, type Vector } from './vector.js';

const MODELS = 'container.md#3-model-table';
const REGISTRIES = 'registries.md';
const ERRORS = 'errors.md#the-file';

/** All of them. */
export async function invalidModels(): Promise<Vector[]> {
  const gray = jpegFixture('gray');
  const withModel = async (
    name: string,
    purpose: string,
    section: string,
    entry: ModelEntry,
    codes: LlmcErrorCode | readonly LlmcErrorCode[],
  ) =>
    invalid(
      `model/${name}`,
      purpose,
      [MODELS, section, ERRORS],
      await buildFile([jpeg(gray)], { coding: { ...ADAPTIVE, entry } }),
      codes,
    );
  const fingerprint = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
  const exact = { profile: 'exact', arrangement: 'dct-wavefront', fingerprint, name: 'nobody-1' } as const;
  const unknownCodec = (
    name: string,
    purpose: string,
    parameters: CodecParameters,
    codes: LlmcErrorCode | readonly LlmcErrorCode[],
    entry: ModelEntry | undefined,
  ) => {
    const model = entry === undefined ? {} : { model: 0 };
    const bytes = writeContainer({
      models: entry === undefined ? [] : [entry],
      items: [{ parameters, originalLength: 100, ...model }],
      chunks: [{ tokens: 100, payload: text(10), tokensCrc: 0 }],
    });
    return invalid(
      `model/${name}`,
      purpose,
      ['container.md#4-item-table', `${REGISTRIES}#codec-types`, ERRORS],
      bytes,
      codes,
    );
  };
  const embedded = serializeEmbeddedModel({
    model: 0,
    manifest: new TextEncoder().encode('{}'),
    weightsLength: 0,
    weights: new Uint8Array(),
  });
  const reserved = await FieldFile.of(await buildFile([raw(text(40))]));
  reserved.set('items[0].codec', 6).insertAfter('items[0].length', 'items[0].parameters.tokens', [40]);
  return [
    await withModel(
      'profile-private',
      'a numeric profile for private use',
      `${REGISTRIES}#numeric-profiles`,
      { profile: 0x70, arrangement: 'dct-blocks', bytes: text(5) },
      'profile-unknown',
    ),
    await withModel(
      'profile-reserved',
      'the reserved numeric profile 0',
      `${REGISTRIES}#numeric-profiles`,
      { profile: 0, arrangement: 'dct-blocks', bytes: new Uint8Array() },
      'profile-unknown',
    ),
    await withModel(
      'arrangement-private',
      'an arrangement for private use',
      `${REGISTRIES}#arrangements`,
      { ...ADAPTIVE.entry, arrangement: 0x7f } as ModelEntry,
      'arrangement-unknown',
    ),
    await withModel(
      'arrangement-reserved',
      'the reserved arrangement 0',
      `${REGISTRIES}#arrangements`,
      { ...ADAPTIVE.entry, arrangement: 0 } as ModelEntry,
      'arrangement-unknown',
    ),
    await withModel(
      'adaptive-private',
      'an adaptive model for private use',
      `${REGISTRIES}#adaptive-models`,
      { profile: 'adaptive', arrangement: 'dct-blocks', model: 0x7f },
      'model-unknown',
    ),
    await withModel(
      'adaptive-reserved',
      'the reserved adaptive model 0',
      `${REGISTRIES}#adaptive-models`,
      { profile: 'adaptive', arrangement: 'dct-blocks', model: 0 },
      'model-unknown',
    ),
    await withModel(
      'missing',
      'a model package that nobody has',
      'errors.md#the-file',
      exact,
      'model-missing',
    ),
    await withModel(
      'missing-name',
      'a model package that nobody has, of 8 bytes of fingerprint and no name',
      'errors.md#the-file',
      { ...exact, fingerprint: fingerprint.subarray(0, 8), name: '' },
      'model-missing',
    ),
    ...(await Promise.all(
      (['dct-raster', 'dct-zigzag'] as const).map((arrangement) =>
        withModel(
          `float-${arrangement}`,
          `an item of profile float, arrangement ${arrangement}, whose package nobody has`,
          'float-profile.md#1-what-a-model-is',
          nobodysFloatModel(arrangement, fingerprint),
          ['model-missing', 'profile-unknown'],
        ),
      ),
    )),
    invalid(
      'model/mismatch',
      'the decoder is given a package of another fingerprint',
      [MODELS, 'model-package.md#3-fingerprint', ERRORS],
      await buildFile([jpeg(gray)], { coding: { ...ADAPTIVE, entry: exact } }),
      ['model-missing', 'model-mismatch'],
      undefined,
      ['tiny-2'],
    ),
    invalid(
      'model/embedded-invalid',
      'the package in the file has an empty manifest',
      [MODELS, 'container.md#52-embedded-models', 'model-package.md#2-manifest', ERRORS],
      await buildFile([jpeg(gray)], {
        coding: { ...ADAPTIVE, entry: exact },
        sections: [{ type: 'mODL', body: embedded }],
      }),
      ['model-missing', 'model-invalid'],
    ),
    unknownCodec(
      'codec-private',
      'a codec type for private use, without a model',
      { codec: 0x70, tokens: 100, bytes: text(7) },
      'codec-unknown',
      undefined,
    ),
    unknownCodec(
      'codec-private-model',
      'a codec type for private use, with a model',
      { codec: 0x7f, tokens: 100, bytes: new Uint8Array() },
      'codec-unknown',
      ADAPTIVE.entry,
    ),
    unknownCodec(
      'codec-two-bytes',
      'a codec type whose number takes two bytes',
      { codec: 0x80, tokens: 100, bytes: new Uint8Array() },
      'codec-unknown',
      undefined,
    ),
    unknownCodec(
      'text',
      'codec type text, for which there is no model',
      { codec: 'text', text: { tokens: 100 } },
      ['codec-unknown', 'profile-unknown'],
      { profile: 0x70, arrangement: 'text', bytes: new Uint8Array() },
    ),
    invalid(
      'model/codec-reserved',
      'codec type 6, which is not registered',
      [`${REGISTRIES}#codec-types`, ERRORS],
      reserved.build(),
      'codec-unknown',
    ),
  ];
}
