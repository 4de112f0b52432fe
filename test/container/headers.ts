/** Headers made byte by byte, so that tests can break each rule. */

import { ByteWriter } from '../../src/container/bytes.js';
import { crc32 } from '../../src/container/crc.js';
import { SIGNATURE } from '../../src/container/structures.js';

/** The four tables of a body, as bytes. */
export interface Tables {
  readonly models?: readonly number[];
  readonly items?: readonly number[];
  readonly sections?: readonly number[];
  readonly chunks?: readonly number[];
  readonly rest?: readonly number[];
}

/** Preamble, body and CRC. */
export function headerBytes(body: Uint8Array, minor = 0, major = 1): Uint8Array {
  const writer = new ByteWriter();
  writer.bytes(SIGNATURE);
  writer.u8(major);
  writer.u8(minor);
  writer.block(body);
  writer.u32(crc32(writer.finish()));
  return writer.finish();
}

/** One item of codec type raw without tokens; no models, sections or chunks: the least valid body. */
export const LEAST: Required<Tables> = {
  models: [0],
  items: [1, 0, 0, 0, 0, 0],
  sections: [0],
  chunks: [0],
  rest: [],
};

/** A header whose tables are those of `LEAST` except for the given ones. */
export function headerOf(tables: Tables, minor = 0): Uint8Array {
  const { models, items, sections, chunks, rest } = { ...LEAST, ...tables };
  return headerBytes(Uint8Array.of(...models, ...items, ...sections, ...chunks, ...rest), minor);
}

/** The bytes of a varint. */
export function varint(value: number): number[] {
  const writer = new ByteWriter();
  writer.varint(value);
  return [...writer.finish()];
}

/** An entry of the section table. */
export function sectionEntry(type: string, item: number, length: number): number[] {
  return [...[...type].map((letter) => letter.charCodeAt(0)), 0, 0, 0, 0, ...varint(item), ...varint(length)];
}

/** An entry of the chunk table; the last one has no tokens. */
export function chunkEntry(length: number, tokens?: number): number[] {
  return [0, 0, 0, 0, 0, 0, 0, 0, ...varint(length), ...(tokens === undefined ? [] : varint(tokens))];
}

/** Entry of the adaptive model, arrangement dct-blocks. */
export const ADAPTIVE_MODEL = [1, 1, 1, 1];

/** Parameters of a gray frame of 16 x 16 pixels, quality 75: 4 blocks, 2 MCU rows of 128 tokens. */
export const GRAY_FRAME = [0, 16, 16, 0, 75];

/** An entry of the item table without a digest. */
export function itemEntry(
  codec: number,
  model: number,
  length: number,
  parameters: readonly number[],
): number[] {
  return [
    ...varint(codec),
    ...varint(model),
    ...varint(length),
    0,
    ...varint(parameters.length),
    ...parameters,
  ];
}
