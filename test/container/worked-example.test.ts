import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { workedExample } from '../../fixtures/worked-example.js';

test('spec/worked-example.md is what `tsx fixtures/worked-example.ts` writes', async () => {
  const page = readFileSync(new URL('../../spec/worked-example.md', import.meta.url), 'utf8');
  expect(page).toBe(await workedExample());
});
