import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ERROR_REMEDIES, LlmcError } from '../../src/container/errors.js';

test('spec/errors.md lists every code once', () => {
  const page = readFileSync(new URL('../../spec/errors.md', import.meta.url), 'utf8');
  const listed = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1]);
  expect(listed.sort()).toEqual(Object.keys(ERROR_REMEDIES).sort());
});

test('an error carries its code, place, cause and remedy', () => {
  const cause = new Error('below');
  const error = new LlmcError('chunk-crc', 'message', { offset: 7, chunk: 2, item: 1, cause });
  expect(error).toMatchObject({ name: 'LlmcError', code: 'chunk-crc', offset: 7, chunk: 2, item: 1, cause });
  expect(error.remedy).toBe(ERROR_REMEDIES['chunk-crc']);
  expect(error).toBeInstanceOf(Error);
  expect(Object.hasOwn(new LlmcError('input', 'message'), 'cause')).toBe(false);
});
