/** Every input by which the fuzzer has found a fault has a right outcome: conformance/fuzz/findings/TARGET-DIGEST. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeTargets } from '../../conformance/fuzz/targets.js';
import { Random } from '../../conformance/make/media.js';

const folder = new URL('../../conformance/fuzz/findings/', import.meta.url);
const targets = await makeTargets();

describe('the targets of the fuzzer', () => {
  it.each(targets)('$name: its seeds, and some inputs made of them, have a right outcome', async (target) => {
    const random = new Random(7);
    expect(target.seeds.length).toBeGreaterThan(0);
    for (let i = 0; i < 50; i++) {
      const [input, other] = [0, 0].map(() => target.seeds[random.below(target.seeds.length)]);
      await target.run(input);
      await target.run(await target.mutate(input, other, random));
    }
  });

  it.each(readdirSync(folder).filter((name) => name !== 'README.md'))(
    '%s has a right outcome',
    async (name) => {
      const target = targets.find((one) => name.startsWith(`${one.name}-`));
      await target?.run(new Uint8Array(readFileSync(new URL(name, folder))));
      expect(target).toBeDefined();
    },
  );
});
