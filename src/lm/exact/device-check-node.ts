/** Which devices can run a model here, and how fast they are. */

import { reasonOf } from '../../container/reason.js';
import type { DctBand, DctPlane } from '../entropy-model.js';
import { DEVICE_CHOICES, type Device, type ExactModel } from './exact-model.js';
import { openExactModel } from './exact-model-node.js';
import type { ExactPackage } from './package.js';

/** What became of a device. */
export interface DeviceCheck {
  readonly device: Device;
  /** Whether it passed the self-test. */
  readonly usable: boolean;
  /** Why not. */
  readonly reason?: string;
  /** Seconds to open the model, the self-test included. */
  readonly openSeconds?: number;
  /** Of models for DCT coefficients: megapixels a second of the test image, 4:2:0, coded alone. */
  readonly encodeRate?: number;
  readonly decodeRate?: number;
}

/** Luma blocks of the test image in either direction. */
const TEST_BLOCKS = 48;

/** Opens a package on every device in turn, codes a test image both ways if it is for that, and closes it. */
export async function* checkDevices(modelPackage: ExactPackage): AsyncGenerator<DeviceCheck> {
  for (const device of DEVICE_CHOICES) {
    if (device !== 'auto') yield await checkDevice(modelPackage, device);
  }
}

async function checkDevice(modelPackage: ExactPackage, device: Device): Promise<DeviceCheck> {
  const start = performance.now();
  let model: ExactModel;
  try {
    model = await openExactModel(modelPackage, { device });
  } catch (error) {
    const cause = error instanceof Error && error.cause ? error.cause : error;
    const reason = reasonOf(cause);
    return { device, usable: false, reason };
  }
  try {
    const openSeconds = (performance.now() - start) / 1000;
    if (modelPackage.arrangement !== 'dct-wavefront') return { device, usable: true, openSeconds };
    const megapixels = (64 * TEST_BLOCKS * TEST_BLOCKS) / 1e6;
    const chunk = { bands: [testBand(TEST_BLOCKS / 2, true)] };
    const encodeStart = performance.now();
    const [payload] = await model.coder.encode([chunk]);
    const decodeStart = performance.now();
    const [error] = await model.coder.decode([
      { payload, chunk: { bands: [testBand(TEST_BLOCKS / 2, false)] } },
    ]);
    if (error) return { device, usable: false, reason: error.message };
    const end = performance.now();
    const encodeRate = (1000 * megapixels) / (decodeStart - encodeStart);
    const decodeRate = (1000 * megapixels) / (end - decodeStart);
    return { device, usable: true, openSeconds, encodeRate, decodeRate };
  } finally {
    await model.close();
  }
}

/** An image of `mcus` x `mcus` MCUs at 4:2:0 whose coefficients fall off as those of photos do, or an empty one. */
function testBand(mcus: number, filled: boolean): DctBand {
  let state = 1;
  const below = (limit: number) => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return Math.floor(((state >>> 8) * limit) / 2 ** 24);
  };
  const plane = (factor: number): DctPlane => {
    const side = mcus * factor;
    const coefficients = new Int16Array(side * side * 64);
    for (let at = 0; filled && at < coefficients.length; at++) {
      const frequency = (at & 7) + ((at >> 3) & 7);
      const range = frequency === 0 ? 40 : Math.floor(16 / (frequency * frequency));
      const magnitude = frequency < 8 && below(frequency + 1) === 0 ? below(range + 2) : 0;
      coefficients[at] = below(2) === 0 ? magnitude : -magnitude;
    }
    const quantization = new Uint16Array(64).fill(16);
    return { blocksWide: side, blocksHigh: side, h: factor, v: factor, quantization, coefficients };
  };
  return { mcusWide: mcus, mcusHigh: mcus, planes: [plane(2), plane(1), plane(1)] };
}
