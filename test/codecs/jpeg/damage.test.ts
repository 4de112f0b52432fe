import { describe, expect, it } from 'vitest';
import { parseJpeg, rebuildJpeg } from '../../../src/codecs/jpeg/index.js';
import type { DctParameters } from '../../../src/container/parameters.js';
import { concatenate, interleaved, procedural, progression, segment, separate, writeJpeg } from './writer.js';

const parameters: DctParameters = {
  process: 0,
  precision: 8,
  width: 40,
  height: 28,
  components: [
    { h: 2, v: 2, table: 0 },
    { h: 1, v: 1, table: 1 },
    { h: 1, v: 1, table: 1 },
  ],
  tables: [
    { kind: 'ijg-luma', quality: 75 },
    { kind: 'ijg-chroma', quality: 75 },
  ],
};
const latents = procedural(parameters);
const progressive = procedural({ ...parameters, process: 2 });

const files: Record<string, Uint8Array> = {
  baseline: writeJpeg(latents, { script: interleaved(3), huffman: 'standard' }),
  optimised: writeJpeg(latents, { script: interleaved(3) }),
  restarts: writeJpeg(latents, { script: interleaved(3), huffman: 'standard', restartInterval: 1 }),
  separate: writeJpeg(latents, { script: separate(3), huffman: 'standard', restartInterval: 5 }),
  progressive: writeJpeg(progressive, { script: progression(3) }),
  'progressive with restarts': writeJpeg(progressive, { script: progression(3), restartInterval: 4 }),
};

/** Parses; if that succeeds, expects the same bytes from rebuilding. Returns the share of side data. */
function sideDataShare(file: Uint8Array): number {
  const parsed = parseJpeg(file);
  if (parsed === undefined) return 1;
  const rebuilt = rebuildJpeg(parsed, file.length);
  if (!Buffer.from(rebuilt).equals(file)) expect(rebuilt).toEqual(file);
  return parsed.sideData.length / file.length;
}

describe.each(Object.entries(files))('%s', (_, file) => {
  it('cut off anywhere comes back, most of it as coefficients', () => {
    let coded = 0;
    for (let length = 0; length < file.length; length++) {
      if (sideDataShare(file.subarray(0, length)) < 0.5) coded++;
    }
    expect(coded).toBeGreaterThan(file.length / 8);
  });

  it('with any byte changed comes back', () => {
    let coded = 0;
    for (let at = 0; at < file.length; at++) {
      const broken = file.slice();
      broken[at] ^= 1 << (Math.imul(at, 2_654_435_761) >>> 29);
      if (sideDataShare(broken) < 0.5) coded++;
    }
    expect(coded).toBeGreaterThan(file.length / 4);
  });

  it('with a byte inserted or removed anywhere comes back', () => {
    for (let at = 0; at < file.length; at += 3) {
      sideDataShare(concatenate(file.subarray(0, at), file.subarray(at + 1)));
      sideDataShare(concatenate(file.subarray(0, at), Uint8Array.of(0xff), file.subarray(at)));
    }
  });
});

describe('restart markers', () => {
  const file = files.restarts;
  const markers = [...file.keys()].filter((at) => file[at] === 0xff && (file[at + 1] & 0xf8) === 0xd0);

  it('that are missing cost a few intervals', () => {
    expect(markers.length).toBeGreaterThan(3);
    for (const at of markers) {
      const missing = concatenate(file.subarray(0, at), file.subarray(at + 2));
      expect(sideDataShare(missing)).toBeLessThan(0.4);
      // The last interval has its place all the same, unless its own marker is the one.
      if (at === markers.at(-1)) continue;
      const last = parseJpeg(missing)?.latents.coefficients[1].slice(-64);
      expect(last).toEqual(latents.coefficients[1].slice(-64));
    }
  });

  it('that all have the same number are kept', () => {
    const odd = file.slice();
    for (const at of markers) odd[at + 1] = 0xd0;
    expect(sideDataShare(odd)).toBeLessThan(0.25);
  });

  it('may have fill bytes before them', () => {
    const parts = markers.map((at, i) => [
      file.subarray(i ? markers[i - 1] : 0, at),
      Uint8Array.of(0xff, 0xff),
    ]);
    const filled = concatenate(...parts.flat(), file.subarray(markers.at(-1)));
    expect(sideDataShare(filled)).toBeLessThan(0.25);
  });

  it('may be declared and not written', () => {
    const { baseline } = files;
    const sos = Buffer.from(baseline).indexOf(Buffer.of(0xff, 0xda));
    const declared = concatenate(baseline.subarray(0, sos), segment(0xdd, [0, 2]), baseline.subarray(sos));
    expect(sideDataShare(declared)).toBeLessThan(0.1);
  });
});

describe('a part of a file', () => {
  it('broken between restart markers costs that part', () => {
    const { restarts } = files;
    const broken = restarts.slice();
    const middle = restarts.length >> 1;
    broken.fill(0x55, middle, middle + 40);
    expect(sideDataShare(broken)).toBeLessThan(0.3);
  });

  it('that repeats a scan is kept as it is', () => {
    const { separate: file } = files;
    const sos = Buffer.from(file).indexOf(Buffer.of(0xff, 0xda));
    const second = Buffer.from(file).indexOf(Buffer.of(0xff, 0xda), sos + 1);
    const repeated = concatenate(file.subarray(0, second), file.subarray(sos, second), file.subarray(second));
    expect(sideDataShare(repeated)).toBeLessThan(0.2);
  });
});
