/** Codec type `text`: files as tokens of a language model. */

import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textCodec, textItem } from '../../../src/codecs/text/codec.js';
import {
  decode,
  encode,
  type FloatModel,
  inspect,
  LlmcError,
  openLanguageModel,
} from '../../../src/index.js';
import { byteVocabulary } from '../../../src/lm/vocabulary.js';
import { byteLevelTokenizer, type TestPackage, writePackage } from './packages.js';

const manifest = { codec: 'text', arrangement: 'text', contextLength: 64, offsets: [1] };
const folders: string[] = [];
let bytes: FloatModel;
let tokens: FloatModel;
let lower: FloatModel;

async function open(options: TestPackage): Promise<FloatModel> {
  const folder = writePackage(options);
  folders.push(folder);
  return openLanguageModel(folder, { jobs: 1, lanes: 8 });
}

beforeAll(async () => {
  bytes = await open({ manifest });
  tokens = await open({ manifest, tokenizer: byteLevelTokenizer() });
  lower = await open({ manifest, tokenizer: byteLevelTokenizer({ type: 'Lowercase' }) });
});
afterAll(async () => {
  for (const model of [bytes, tokens, lower]) await model.close();
  for (const folder of folders) rmSync(dirname(folder), { recursive: true });
});

const alone = { jobs: 1, modelPath: [] };
const utf8 = (text: string) => new TextEncoder().encode(text);

async function roundTrip(model: FloatModel, text: Uint8Array) {
  const options = { ...alone, models: [model] };
  const packed = await encode(text, { ...options, model: model.id, codec: 'text', chunkTokens: 100 });
  const [item] = await decode(packed, options);
  expect(item).toMatchObject({ codec: 'text', damage: [] });
  expect(item.bytes).toEqual(text);
  return inspect(packed);
}

async function code(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason) => reason,
  );
  return error instanceof LlmcError ? error.code : String(error);
}

describe('a text comes back', () => {
  it('of any bytes, as bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 250 }), async (text) => {
        const { items, sections } = await roundTrip(bytes, text);
        expect(items[0].tokens).toBe(text.length);
        expect(sections).toEqual([]);
      }),
      { numRuns: 8 },
    );
  });

  it.each([
    '',
    'the thing in the thinking, there',
    ' the <s> in café, naïve, 漢字 🎉\r\n\t\u0000 end ',
    '\ufeffwith a mark',
  ])('as tokens: %j', async (text) => {
    const { items, sections } = await roundTrip(tokens, utf8(text));
    expect(sections).toEqual([]);
    if (text.startsWith('the thing')) expect(items[0].tokens).toBeLessThan(text.length);
  });

  it('in well-formed UTF-8 of every kind, as tokens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 60 }), async (text) => {
        await roundTrip(tokens, utf8(text));
      }),
      { numRuns: 8 },
    );
  });

  it('where the tokenizer loses something', async () => {
    const { sections } = await roundTrip(lower, utf8('All this is in lower case, But Not This, nor that.'));
    expect(sections.map(({ type }) => type)).toEqual(['TEXT']);
    expect((await roundTrip(lower, utf8('all in lower case'))).sections).toEqual([]);
  });
});

describe('codec text', () => {
  it('repairs whatever a tokenizer makes of a text', () => {
    // Of two letters, so that what is kept before and after often meets or overlaps.
    const texts = fc.uint8Array({ min: 97, max: 98, maxLength: 12 });
    fc.assert(
      fc.property(texts, texts, (text, plain) => {
        const vocabulary = { ...byteVocabulary, detokenize: () => plain };
        const { parameters, latents, sections } = textItem(text, vocabulary);
        const rebuilt = textCodec.rebuild({
          parameters,
          // An item of no tokens stands for no text, whatever the vocabulary is.
          latents: text.length > 0 ? latents : { kind: 'indices', indices: Uint32Array.of(0) },
          section: () => sections[0]?.body,
          originalLength: text.length,
          vocabulary,
        });
        expect(rebuilt).toEqual(text);
      }),
      { numRuns: 500 },
    );
  });

  it('needs a model of text, and text that its tokenizer takes', async () => {
    const options = { ...alone, models: [tokens], codec: 'text' as const };
    expect(await code(encode(utf8('hello'), options))).toBe('argument');
    expect(await code(encode(utf8('hello'), { ...options, model: 'adaptive' }))).toBe('argument');
    const broken = Uint8Array.of(0x61, 0xff, 0x62);
    expect(await code(encode(broken, { ...options, model: tokens.id }))).toBe('input-invalid');
  });

  it('without its model is refused', async () => {
    const packed = await encode(utf8('hello'), {
      ...alone,
      models: [tokens],
      model: tokens.id,
      codec: 'text',
    });
    expect(await code(decode(packed, { ...alone, models: [bytes] }))).toBe('model-missing');
  });

  it('refuses a repair that keeps more than there is', () => {
    const loses = { ...byteVocabulary, detokenize: (all: Uint32Array) => Uint8Array.from(all).subarray(2) };
    const { parameters, latents, sections } = textItem(utf8('hello'), loses);
    const rebuild = (vocabulary: typeof byteVocabulary) =>
      textCodec.rebuild({
        parameters,
        latents,
        section: () => sections[0].body,
        originalLength: 5,
        vocabulary,
      });
    expect(rebuild(loses)).toEqual(utf8('hello'));
    expect(() => textCodec.checkSection?.(sections[0].body, parameters, 5)).not.toThrow();
    expect(() => textCodec.checkSection?.(sections[0].body, parameters, 6)).toThrow(/6 bytes/);
    const shorter = { ...byteVocabulary, detokenize: () => new Uint8Array(0) };
    expect(() => rebuild(shorter)).toThrow(expect.objectContaining({ code: 'section-invalid' }));
  });

  it('of a package whose tokenizer is none is refused', async () => {
    expect(await code(open({ manifest, tokenizer: { model: {} } }))).toBe('model-invalid');
  });
});
