/** Sound files of every sample format, number of channels and rate; and what is none. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSound, readSound } from '../../../src/codecs/sound/read-node.js';
import { wavHeader, wavSamples } from '../../../src/codecs/sound/wav.js';
import { bytesSource } from '../../../src/container/source.js';

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../fixtures/sound/${name}`, import.meta.url)));

async function read(file: Uint8Array, rate: number): Promise<Float32Array> {
  const pieces: number[][] = [];
  for await (const piece of readSound(bytesSource(file), rate)) pieces.push([...piece]);
  return Float32Array.from(pieces.flat());
}

/** How a WAV file holds samples. */
interface Layout {
  readonly bits: 8 | 16 | 24 | 32;
  readonly float: boolean;
  readonly rate: number;
}

/** A WAV file of channels of samples of -1 to 1. */
function wav(channels: readonly (readonly number[])[], { bits, float, rate }: Layout): Uint8Array {
  const bytes = bits / 8;
  const frames = channels[0].length;
  const data = Buffer.alloc(bytes * channels.length * frames);
  channels.forEach((channel, c) => {
    channel.forEach((sample, i) => {
      const at = bytes * (i * channels.length + c);
      const integer = Math.max(
        -(2 ** (bits - 1)),
        Math.min(2 ** (bits - 1) - 1, Math.round(sample * 2 ** (bits - 1))),
      );
      if (float) data.writeFloatLE(sample, at);
      else if (bits === 8) data.writeUInt8(integer + 128, at);
      else data.writeIntLE(integer, at, bytes);
    });
  });
  const header = Buffer.from(wavHeader(0, rate));
  header.writeUInt32LE(36 + data.length, 4);
  header.writeUInt16LE(float ? 3 : 1, 20);
  header.writeUInt16LE(channels.length, 22);
  header.writeUInt32LE(rate * bytes * channels.length, 28);
  header.writeUInt16LE(bytes * channels.length, 32);
  header.writeUInt16LE(bits, 34);
  header.writeUInt32LE(data.length, 40);
  return new Uint8Array(Buffer.concat([header, data]));
}

const anyLayout = fc.constantFrom<Layout>(
  { bits: 8, float: false, rate: 16000 },
  { bits: 16, float: false, rate: 16000 },
  { bits: 24, float: false, rate: 16000 },
  { bits: 32, float: false, rate: 16000 },
  { bits: 32, float: true, rate: 16000 },
);
const anySample = fc.double({ min: -1, max: 1, noNaN: true });

describe('WAV files', () => {
  it('of every format give their samples, of several channels the mean', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyLayout,
        fc.integer({ min: 1, max: 5 }),
        fc.array(anySample, { minLength: 1, maxLength: 3000 }),
        async (layout, count, samples) => {
          const channels = Array.from({ length: count }, (_, c) => samples.map((sample) => sample / (c + 1)));
          const found = await read(wav(channels, layout), layout.rate);
          expect(found).toHaveLength(samples.length);
          const step = 2 ** (1 - Math.min(layout.bits, 20));
          samples.forEach((_, i) => {
            const mean = channels.reduce((sum, channel) => sum + channel[i], 0) / count;
            expect(Math.abs(found[i] - mean)).toBeLessThanOrEqual(step);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('come back as they were written', async () => {
    const samples = Float32Array.from({ length: 5000 }, (_, i) => ((i * 7919) % 65536) / 32768 - 1);
    const file = Buffer.concat([wavHeader(samples.length, 16000), wavSamples(samples)]);
    expect(await read(file, 16000)).toEqual(samples);
  });

  it.each([8000, 11025, 22050, 44100, 48000, 96000])(
    'of %i Hz are resampled, in time and loudness',
    async (rate) => {
      const tone = (hz: number, length: number) =>
        Array.from({ length }, (_, i) => 0.5 * Math.sin((2 * Math.PI * 440 * i) / hz));
      const found = await read(wav([tone(rate, rate)], { bits: 16, float: false, rate }), 16000);
      expect(found).toHaveLength(16000);
      const expected = tone(16000, 16000);
      for (let i = 200; i < 15800; i++) expect(Math.abs(found[i] - expected[i])).toBeLessThan(0.002);
    },
  );
});

describe('FLAC files', () => {
  it('give the samples of the WAV file', async () => {
    const [flac, expected] = [
      await read(fixture('voice.flac'), 16000),
      await read(fixture('voice.wav'), 16000),
    ];
    expect(flac).toHaveLength(expected.length);
    flac.forEach((sample, i) => {
      expect(Math.abs(sample - expected[i])).toBeLessThan(2 ** -20);
    });
  });
});

describe('refused are', () => {
  const refused = (file: Uint8Array) =>
    expect(read(file, 16000)).rejects.toMatchObject({ code: 'input-invalid' });

  it('other files, and those without a sample', async () => {
    await refused(new Uint8Array());
    await refused(new TextEncoder().encode('RIFF1234WAVEjunk and more of it'));
    await refused(new TextEncoder().encode('text'));
    await refused(wavHeader(0, 16000));
    await refused(wavHeader(0, 8000));
    expect(isSound(new TextEncoder().encode('RIFF1234AVI '))).toBe(false);
  });

  it('samples that are no numbers', async () => {
    await refused(wav([[0, Number.NaN, 0]], { bits: 32, float: true, rate: 16000 }));
    await refused(wav([[0, Number.POSITIVE_INFINITY]], { bits: 32, float: true, rate: 8000 }));
  });

  it('files that are cut, but not those whose length is not known', async () => {
    for (const name of ['voice.wav', 'voice.flac']) {
      const whole = fixture(name);
      const part = whole.subarray(0, whole.length - 2000);
      await expect(read(part, 16000)).rejects.toMatchObject({
        code: 'input-invalid',
        message: expect.stringContaining('it is cut'),
      });
    }
    for (const length of [0xffffffff, 0x7ffff000]) {
      const streamed = fixture('voice.wav').slice(0, 44 + 2000);
      new DataView(streamed.buffer).setUint32(40, length, true);
      expect(await read(streamed, 16000)).toHaveLength(1000);
    }
    const unknown = fixture('voice.flac').slice(0, -2000);
    unknown[21] &= 0xf0;
    unknown.fill(0, 22, 26);
    expect((await read(unknown, 16000)).length).toBeGreaterThan(0);
  });

  it('WAV files of many empty chunks, soon', async () => {
    const whole = fixture('voice.wav');
    const withChunks = (count: number) => {
      const chunks = Buffer.alloc(8 * count, 'none\0\0\0\0', 'latin1');
      const file = Buffer.concat([whole.subarray(0, 36), chunks, whole.subarray(36)]);
      file.writeUInt32LE(file.length - 8, 4);
      return new Uint8Array(file);
    };
    await expect(read(withChunks(2000), 16000)).rejects.toMatchObject({
      code: 'input-invalid',
      message: expect.stringContaining('more than 1000 chunks'),
    });
    expect(await read(withChunks(10), 16000)).toEqual(await read(whole, 16000));
  });

  it('FLAC files that are broken', async () => {
    const broken = fixture('voice.flac').slice();
    broken.fill(0x55, 9000, 9400);
    await refused(broken);
  });
});
