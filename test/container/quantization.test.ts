import { expect, test } from 'vitest';
import { ijgSteps, NATURAL_FROM_ZIGZAG, quantizationSteps } from '../../src/container/quantization.js';

test('the zigzag order is that of ISO/IEC 10918-1, figure A.6', () => {
  expect([...NATURAL_FROM_ZIGZAG].slice(0, 16)).toEqual([
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
  ]);
  expect([...NATURAL_FROM_ZIGZAG].slice(-4)).toEqual([47, 55, 62, 63]);
  expect(new Set(NATURAL_FROM_ZIGZAG).size).toBe(64);
});

test('quality 50 is the table itself, 100 all ones, 1 clamped to 255', () => {
  expect([...ijgSteps('ijg-luma', 50)].slice(0, 9)).toEqual([16, 11, 10, 16, 24, 40, 51, 61, 12]);
  expect([...ijgSteps('ijg-chroma', 50)].slice(0, 5)).toEqual([17, 18, 24, 47, 99]);
  expect(new Set(ijgSteps('ijg-luma', 100))).toEqual(new Set([1]));
  expect(new Set(ijgSteps('ijg-luma', 1))).toEqual(new Set([255]));
});

test('quality 75 is as libjpeg writes it', () => {
  expect([...ijgSteps('ijg-luma', 75)].slice(0, 8)).toEqual([8, 6, 5, 8, 12, 20, 26, 31]);
});

test('explicit steps are given in zigzag order and taken in natural order', () => {
  const steps = Uint16Array.from({ length: 64 }, (_, k) => k + 1);
  const natural = quantizationSteps({ kind: 'explicit', steps });
  expect([natural[0], natural[1], natural[8], natural[16], natural[63]]).toEqual([1, 2, 3, 4, 64]);
  expect(quantizationSteps({ kind: 'ijg-luma', quality: 50 })).toEqual(ijgSteps('ijg-luma', 50));
});
