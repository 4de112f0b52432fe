/** The example of spec/index-streams.md, section 6. */

import { inflateRawSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { npy } from '../../../fixtures/array-files.js';
import { npyHeader } from '../../../src/codecs/arrays/npy.js';
import { safetensorsHeader } from '../../../src/codecs/arrays/safetensors.js';
import { parseFile } from '../../../src/codecs/registry.js';
import { writeCodecParameters } from '../../../src/container/codec-parameters.js';
import { packIndices } from '../../../src/lm/adaptive/index-packing.js';

const file = npy('<i4', [2, 3], [3, 1, 2, 0, 3, 3]);
const item = parseFile(file, {
  codec: 'rvq',
  codebookSizes: [4],
  frameRate: { numerator: 50, denominator: 1 },
  sampleRate: 16000,
});
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

it('has the parameters and the order of the page', () => {
  expect(hex(writeCodecParameters(item.parameters).bytes)).toBe('0204010103' + '3201' + '807d' + '00');
  const indices = Uint32Array.of(3, 0, 1, 3, 2, 3);
  expect(item.latents).toEqual({ kind: 'indices', indices });
  const runs = [{ width: 2, height: 3, codebookSizes: [4, 4], first: 0, indices }];
  expect(hex(packIndices({ layered: true, runs }))).toBe('d30e');
});

it('has the record of the page, by another inflater', () => {
  const [{ type, body }] = item.sections;
  expect(type).toBe('ARRY');
  // The length is a varint of two bytes; a stored block makes the dictionary known.
  expect([...body.subarray(0, 2)]).toEqual([132 - 128 + 128, 1]);
  const tensors = safetensorsHeader([{ name: 'codes', shape: [2, 3] }], 'I64');
  expect(Buffer.from(tensors).toString('latin1', 8).trimEnd()).toBe(
    '{"codes":{"dtype":"I64","shape":[2,3],"data_offsets":[0,48]}}',
  );
  const dictionary = Buffer.concat([tensors, npyHeader('<i8', [2, 3])]);
  const stored = Buffer.from([0, dictionary.length & 255, dictionary.length >> 8, 0, 0]);
  stored.writeUInt16LE(65535 - dictionary.length, 3);
  const inflated = inflateRawSync(Buffer.concat([stored, dictionary, body.subarray(2)]));
  const record = inflated.subarray(dictionary.length);
  expect(hex(record)).toBe(hex(Buffer.concat([Buffer.from([0x80, 0x01, 2, 1]), file.subarray(0, 128)])));
  expect(body.length).toBeLessThan(20);
});
