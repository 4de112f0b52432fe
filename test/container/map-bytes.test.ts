import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MappedField } from '../../src/container/bytes.js';
import { mapBytes } from '../../src/container/map-bytes.js';
import { writeContainer } from '../../src/container/writer.js';
import { containerContent, SMALL_CONTENT } from './contents.js';
import { headerOf } from './headers.js';

const FILE = writeContainer(SMALL_CONTENT);

/** Checks that the fields cover a file from its first byte to its last, once. */
function expectPartition(fields: readonly MappedField[], byteLength: number): void {
  let offset = 0;
  for (const field of fields) {
    expect(field.offset).toBe(offset);
    expect(field.length).toBeGreaterThan(0);
    offset += field.length;
  }
  expect(offset).toBe(byteLength);
}

test('every byte of any file belongs to one field', async () => {
  await fc.assert(
    fc.asyncProperty(containerContent, async (content) => {
      const file = writeContainer(content);
      expectPartition(await mapBytes(file), file.length);
    }),
  );
});

test('so does every byte of a file that is cut after its header, or too long', async () => {
  for (let length = 93; length < FILE.length; length++) {
    expectPartition(await mapBytes(FILE.subarray(0, length)), length);
  }
  const longer = Uint8Array.of(...FILE, 1, 2, 3);
  const fields = await mapBytes(longer);
  expectPartition(fields, longer.length);
  expect(fields.at(-1)).toEqual({
    offset: FILE.length,
    length: 3,
    field: 'trailing',
    value: '3 bytes',
    level: 0,
  });
});

test('fields that a newer minor version added are one', async () => {
  const file = headerOf({ rest: [1, 2, 3] }, 4);
  const fields = await mapBytes(file);
  expectPartition(fields, file.length);
  expect(fields.find((field) => field.field === 'unknown')).toMatchObject({ length: 3, value: '010203' });
});

describe('a small file', () => {
  test('names fields as the specification does', async () => {
    const lines = (await mapBytes(FILE)).map(
      ({ offset, length, field, value }) => `${offset}+${length} ${field} = ${value}`,
    );
    expect(lines).toMatchInlineSnapshot(`
      [
        "0+8 signature = 8c4c4c4d430d0a1a",
        "8+1 major = 1",
        "9+1 minor = 0",
        "10+1 body_length = 78",
        "11+1 model_count = 1",
        "12+1 models[0].profile = 1 (adaptive)",
        "13+1 models[0].arrangement = 1 (dct-blocks)",
        "14+1 models[0].length = 1",
        "15+1 models[0].parameters.adaptive_model = 1 (adaptive-dct-1)",
        "16+1 item_count = 2",
        "17+1 items[0].codec = 1 (jpeg)",
        "18+1 items[0].model = 1 (models[0])",
        "19+2 items[0].original_length = 700",
        "21+1 items[0].digest_type = 0 (none)",
        "22+1 items[0].length = 8",
        "23+1 items[0].parameters.frame = 48 (baseline, 8 bits, components 3, tables 2)",
        "24+1 items[0].parameters.width = 40",
        "25+1 items[0].parameters.height = 30",
        "26+1 items[0].parameters.components[0].layout = 5 (2x2, table 0)",
        "27+1 items[0].parameters.components[1].layout = 16 (1x1, table 1)",
        "28+1 items[0].parameters.components[2].layout = 16 (1x1, table 1)",
        "29+1 items[0].parameters.tables[0].kind = 75 (IJG luma, quality 75)",
        "30+1 items[0].parameters.tables[1].kind = 203 (IJG chroma, quality 75)",
        "31+1 items[1].codec = 0 (raw)",
        "32+1 items[1].model = 0 (none)",
        "33+1 items[1].original_length = 5",
        "34+1 items[1].digest_type = 0 (none)",
        "35+1 items[1].length = 0",
        "36+1 section_count = 2",
        "37+4 sections[0].type = "JPEG"",
        "41+4 sections[0].crc = 3bddffa4",
        "45+1 sections[0].item = 1 (items[0])",
        "46+1 sections[0].length = 20",
        "47+4 sections[1].type = "mETA"",
        "51+4 sections[1].crc = e56a17fa",
        "55+1 sections[1].item = 2 (items[1])",
        "56+1 sections[1].length = 8",
        "57+1 chunk_count = 3",
        "58+4 chunks[0].payload_crc = 70e46888",
        "62+4 chunks[0].tokens_crc = 01020304",
        "66+1 chunks[0].length = 7",
        "67+2 chunks[0].tokens = 1152",
        "69+4 chunks[1].payload_crc = c045dafd",
        "73+4 chunks[1].tokens_crc = deadbeef",
        "77+1 chunks[1].length = 3",
        "78+2 chunks[1].tokens = 1152",
        "80+4 chunks[2].payload_crc = 3610a686",
        "84+4 chunks[2].tokens_crc = 3610a686",
        "88+1 chunks[2].length = 5",
        "89+4 header_crc = 6e1ec6ec",
        "93+20 sections[0].body = 20 bytes",
        "113+1 sections[1].body.name.length = 1",
        "114+1 sections[1].body.name = "a"",
        "115+1 sections[1].body.media_type.length = 0",
        "116+1 sections[1].body.pair_count = 1",
        "117+1 sections[1].body.pairs[0].key.length = 1",
        "118+1 sections[1].body.pairs[0].key = "k"",
        "119+1 sections[1].body.pairs[0].value.length = 1",
        "120+1 sections[1].body.pairs[0].value = "v"",
        "121+7 chunks[0].payload = 7 bytes",
        "128+3 chunks[1].payload = 3 bytes",
        "131+5 chunks[2].payload = 5 bytes",
      ]
    `);
  });

  test('shows metadata that is damaged as one field', async () => {
    const damaged = FILE.slice();
    damaged[114] ^= 1;
    expect((await mapBytes(damaged)).find((field) => field.field === 'sections[1].body')).toMatchObject({
      offset: 113,
      length: 8,
    });
  });
});
