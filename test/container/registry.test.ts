import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  AdaptiveModel,
  Arrangement,
  arrangementServes,
  CodecType,
  DigestType,
  nameOf,
  PRIVATE_USE,
  Profile,
  SectionType,
} from '../../src/container/registry.js';

const PAGE = readFileSync(new URL('../../spec/registries.md', import.meta.url), 'utf8');

/** Rows of the table under a heading of spec/registries.md, as cells. */
function rowsOf(heading: string): string[][] {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return section
    .split('\n')
    .filter((line) => /^\| (\d|`)/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

describe('spec/registries.md has the numbers and names of the source', () => {
  test.each<[string, Readonly<Record<string, number>>]>([
    ['Codec types', CodecType],
    ['Numeric profiles', Profile],
    ['Arrangements', Arrangement],
    ['Adaptive models', AdaptiveModel],
    ['Digest types', DigestType],
  ])('%s', (heading, registry) => {
    const listed = rowsOf(heading)
      .filter(([, name]) => name !== '')
      .map(([number, name]) => [name, Number(number)]);
    expect(Object.fromEntries(listed)).toEqual(registry);
  });

  test('Section types', () => {
    expect(
      rowsOf('Section types')
        .map(([type]) => type)
        .sort(),
    ).toEqual(Object.values(SectionType).sort());
  });

  test('what each arrangement serves', () => {
    for (const [number, , serves] of rowsOf('Arrangements').slice(1)) {
      const name = nameOf(Arrangement, Number(number));
      const codecs = (Object.keys(CodecType) as (keyof typeof CodecType)[]).filter(
        (codec) => name !== undefined && arrangementServes(name, codec),
      );
      expect(codecs.join(', ')).toBe(serves);
    }
  });
});

test('no registered number is for private use', () => {
  for (const registry of [CodecType, Profile, Arrangement, AdaptiveModel, DigestType]) {
    for (const number of Object.values(registry)) expect(number).toBeLessThan(PRIVATE_USE);
  }
});

test('names are found by number', () => {
  expect(nameOf(CodecType, 1)).toBe('jpeg');
  expect(nameOf(CodecType, 0x70)).toBeUndefined();
});
