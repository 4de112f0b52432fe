/** Damaged files: whatever is done to the bytes of a file, it gives the right bytes or a coded error. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixture, GOLDEN_CASES } from '../../fixtures/golden-cases.js';
import { crc32 } from '../../src/container/crc.js';
import { DEFAULT_LIMITS } from '../../src/container/limits.js';
import { parsePreamble } from '../../src/container/parse-header.js';
import { type DecodedItem, decode, inspect, LlmcError, mapBytes, verify } from '../../src/index.js';

const CRC_BYTES = 4;

/** A forged header may declare an image as large as the limits allow, which would take minutes to decode. */
const LIMITS = { ...DEFAULT_LIMITS, itemTokens: 2 ** 20, chunkTokens: 2 ** 20 };

/** The golden files that have a digest of every item. */
const cases = GOLDEN_CASES.filter(({ options }) => options.digest !== 'none').map(({ name, inputs }) => ({
  name,
  file: fixture(`golden/${name}.llmc`),
  originals: inputs.map(({ bytes }) => bytes),
}));

/** Calls a function; undefined where it throws an error with a code, as it may. */
async function attempt<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    expect(error).toBeInstanceOf(LlmcError);
    return undefined;
  }
}

function expectRight(items: readonly DecodedItem[] | undefined, originals: readonly Uint8Array[]): void {
  for (const { index, bytes, damage } of items ?? []) {
    if (damage.length === 0) expect(Buffer.compare(bytes as Uint8Array, originals[index])).toBe(0);
  }
}

async function expectSafe(file: Uint8Array, originals: readonly Uint8Array[]): Promise<void> {
  expectRight(await attempt(() => decode(file, { jobs: 1, limits: LIMITS })), originals);
  expectRight(await attempt(() => decode(file, { jobs: 1, limits: LIMITS, keepGoing: true })), originals);
  await attempt(() => verify(file));
  await attempt(() => inspect(file));
  await attempt(() => mapBytes(file));
}

function flipped(file: Uint8Array, place: number, bit: number): Uint8Array {
  const mutated = file.slice();
  mutated[place] ^= 1 << bit;
  return mutated;
}

/** The file with a bit of its header flipped, and the header's CRC made right again. */
function forged(file: Uint8Array, place: number, bit: number): Uint8Array {
  const end = parsePreamble(file).headerLength - CRC_BYTES;
  const mutated = flipped(file, place % end, bit);
  new DataView(mutated.buffer).setUint32(end, crc32(mutated.subarray(0, end)), true);
  return mutated;
}

describe.each(cases)('$name', ({ name, file, originals }) => {
  // Each decoding opens the model anew, which takes long where it has weights.
  const runs = { numRuns: name.startsWith('exact-') ? 5 : 40 };
  const place = fc.nat(file.length - 1);
  const bit = fc.nat(7);

  it('with any bit flipped', async () => {
    await fc.assert(
      fc.asyncProperty(place, bit, (at, b) => expectSafe(flipped(file, at, b), originals)),
      runs,
    );
  });

  it('cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(place, (at) => expectSafe(file.slice(0, at), originals)),
      runs,
    );
  });

  it('with any bit of the header flipped and its CRC made right', async () => {
    await fc.assert(
      fc.asyncProperty(place, bit, (at, b) => expectSafe(forged(file, at, b), originals)),
      runs,
    );
  });

  it('with bytes put in or taken out', async () => {
    await fc.assert(
      fc.asyncProperty(place, fc.uint8Array({ maxLength: 8 }), fc.nat(8), (at, bytes, less) => {
        const mutated = Buffer.concat([file.subarray(0, at), bytes, file.subarray(at + less)]);
        return expectSafe(new Uint8Array(mutated), originals);
      }),
      runs,
    );
  });
});

describe('a small file', () => {
  const { file, originals } = cases.find(({ name }) => name === 'raw-chunks') as (typeof cases)[0];

  it('with each of its bits flipped, and cut at each of its bytes', async () => {
    for (let place = 0; place < file.length; place++) {
      await expectSafe(file.slice(0, place), originals);
      for (let bit = 0; bit < 8; bit++) {
        await expectSafe(flipped(file, place, bit), originals);
        await expectSafe(forged(file, place, bit), originals);
      }
    }
  });
});
