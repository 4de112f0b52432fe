/** Targets that take whole `.llmc` files: structure and checksums; decoding with every model. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decode, inspect, mapBytes, verify } from '../../src/browser.js';
import type { LlmcError } from '../../src/container/errors.js';
import { DEFAULT_LIMITS } from '../../src/container/limits.js';
import { type ExactModel, openOnIntegers } from '../../src/lm/exact/exact-model.js';
import { readExactPackage } from '../../src/lm/exact/package.js';
import { FieldFile } from '../make/field-file.js';
import type { Random } from '../make/media.js';
import { TINY_MODELS } from '../make/tiny-models.js';
import { mutateBytes } from './mutate-bytes.js';
import { mutateFields, withHeaderCrc } from './mutate-file.js';
import { equal, expectThat, outcome, type Target } from './target.js';

/** Larger files would take too long a run. */
const SEED_BYTES = 2000;

/** A forged header may declare items as large as the limits allow, which would take minutes to decode. */
const LIMITS = { ...DEFAULT_LIMITS, itemTokens: 2 ** 14, chunkTokens: 2 ** 14 };

/** Both targets, with models that stay open. */
export async function fileTargets(): Promise<Target[]> {
  const seeds = vectors();
  const models: ExactModel[] = [];
  for (const { files } of TINY_MODELS) models.push(await openOnIntegers(await readExactPackage(files)));
  return [
    { name: 'container', share: 8, seeds, mutate, run: tryContainer },
    { name: 'decode', share: 4, seeds, mutate, run: (input) => tryDecoding(input, models) },
  ];
}

function vectors(): Uint8Array[] {
  const folder = fileURLToPath(new URL('../vectors/', import.meta.url));
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.llmc'))
    .sort()
    .map((name) => new Uint8Array(readFileSync(`${folder}${name}`)))
    .filter(({ length }) => length <= SEED_BYTES);
}

const fieldFiles = new WeakMap<Uint8Array, Promise<FieldFile | undefined>>();

/** The fields of an input of the corpus; undefined where its header cannot be read. */
function fieldsOf(input: Uint8Array): Promise<FieldFile | undefined> {
  let fields = fieldFiles.get(input);
  if (fields === undefined) {
    fields = FieldFile.of(input).catch(() => undefined);
    fieldFiles.set(input, fields);
  }
  return fields;
}

async function mutate(input: Uint8Array, other: Uint8Array, random: Random): Promise<Uint8Array> {
  const [file, source] = [await fieldsOf(input), await fieldsOf(other)];
  if (file && source && random.below(4) > 0) return mutateFields(file, source, random);
  const bytes = mutateBytes(input, other, random);
  return random.below(2) === 0 ? withHeaderCrc(bytes) : bytes;
}

async function tryContainer(input: Uint8Array): Promise<void> {
  await outcome(() => inspect(input));
  const verified = await outcome(() => verify(input));
  const mapped = await outcome(() => mapBytes(input));
  if ('value' in mapped) {
    const bytes = mapped.value.reduce((sum, { length }) => sum + length, 0);
    expectThat(bytes === input.length, `the map has ${bytes} bytes, the file ${input.length}`);
  }
  expectOffsets('value' in verified ? verified.value.faults : [verified.error], input);
}

/** A fault lies in the file. */
function expectOffsets(faults: readonly LlmcError[], { length }: Uint8Array): void {
  for (const { code, offset } of faults) {
    expectThat(offset === undefined || offset <= length, `${code} at ${offset}, behind the file`);
  }
}

/** Decodes strictly and around damage: both must agree on what is whole. */
async function tryDecoding(input: Uint8Array, models: ExactModel[]): Promise<void> {
  const strict = await outcome(() => decode(input, { models, limits: LIMITS }));
  const around = await outcome(() => decode(input, { models, limits: LIMITS, keepGoing: true }));
  if ('value' in strict) {
    expectThat('value' in around, 'it decodes, but not with keepGoing');
    strict.value.forEach(({ bytes }, i) => {
      const item = around.value[i];
      expectThat(item.damage.length === 0, `item ${i} is whole, but damaged with keepGoing`);
      expectThat(equal(item.bytes, bytes), `item ${i} has other bytes with keepGoing`);
    });
    return;
  }
  const { code } = strict.error;
  expectOffsets([strict.error], input);
  if ('error' in around) {
    expectThat(around.error.code === code, `${code}, but ${around.error.code} with keepGoing`);
    return;
  }
  const faults = around.value.flatMap(({ damage }) => damage.map(({ error }) => error));
  expectOffsets(faults, input);
  // Of these the rest of the file may be whole.
  if (code === 'trailing-data' || code === 'truncated') return;
  expectThat(
    faults.some((fault) => fault.code === code),
    `${code}, but with keepGoing no damage of that code`,
  );
}
