/**
 * The adaptive model of DCT coefficients (spec/adaptive-dct.md) as a WebAssembly module, which `npm run
 * build:assembly` makes of the sources in assembly/: three times as fast as the same in JavaScript, and the same
 * everywhere.
 */

import { LlmcError } from '../../container/errors.js';
import type { DctBand, DctChunk } from '../entropy-model.js';
import { instantiate } from '../instantiate.js';
import { ASSEMBLY_BASE64 } from './assembly-base64.js';

/** What assembly/index.ts exports. */
interface Assembly {
  readonly memory: WebAssembly.Memory;
  heap(): number;
  reset(): void;
  startEncoding(address: number): void;
  finishEncoding(): number;
  startDecoding(address: number, length: number): number;
  finishDecoding(): number;
  describePlane(index: number, address: number, blocksWide: number, h: number, v: number): void;
  codePlane(
    index: number,
    blocksWide: number,
    blocksHigh: number,
    quantization: number,
    scratch: number,
  ): number;
}

/** Where the planes of a band lie in the module's memory. */
interface BandLayout {
  /** Address of the coefficients of each plane. */
  readonly coefficients: readonly number[];
  /** Address of the quantisation steps of each plane. */
  readonly quantization: readonly number[];
  readonly scratch: number;
  readonly end: number;
}

const PAGE = 65536;

/** Codes one chunk at a time; its tables take 14 MB and are forgotten at the start of each chunk. */
export class DctCoder {
  private constructor(private readonly assembly: Assembly) {}

  static async create(): Promise<DctCoder> {
    const instance = await instantiate(ASSEMBLY_BASE64);
    return new DctCoder(instance.exports as unknown as Assembly);
  }

  /** Codes a chunk into its payload. */
  encode(chunk: DctChunk): Uint8Array {
    const { assembly } = this;
    const layouts = chunk.bands.map((band) => this.layOut(band));
    const payload = Math.max(...layouts.map(({ end }) => end));
    this.reserve(payload);
    assembly.reset();
    assembly.startEncoding(payload);
    chunk.bands.forEach((band, b) => {
      band.planes.forEach((plane, p) => {
        this.coefficientsAt(layouts[b].coefficients[p], plane.coefficients.length).set(plane.coefficients);
      });
      this.codeBand(band, layouts[b]);
    });
    const length = assembly.finishEncoding();
    return new Uint8Array(assembly.memory.buffer, payload, length).slice();
  }

  /**
   * Decodes a payload into a chunk.
   *
   * @throws LlmcError `chunk-corrupt` if the payload is not what an encoder writes.
   */
  decode(payload: Uint8Array, chunk: DctChunk): void {
    const { assembly } = this;
    const layouts = chunk.bands.map((band) => this.layOut(band));
    const address = Math.max(...layouts.map(({ end }) => end));
    this.reserve(address + payload.length);
    new Uint8Array(assembly.memory.buffer, address, payload.length).set(payload);
    assembly.reset();
    let sound = assembly.startDecoding(address, payload.length) !== 0;
    for (let b = 0; sound && b < chunk.bands.length; b++) {
      const { planes } = chunk.bands[b];
      const views = planes.map((plane, p) =>
        this.coefficientsAt(layouts[b].coefficients[p], plane.coefficients.length),
      );
      for (const view of views) view.fill(0);
      sound = this.codeBand(chunk.bands[b], layouts[b]);
      views.forEach((view, p) => {
        planes[p].coefficients.set(view);
      });
    }
    if (!sound || assembly.finishDecoding() === 0) {
      throw new LlmcError('chunk-corrupt', 'the payload is damaged: no encoder writes it');
    }
  }

  private codeBand(band: DctBand, layout: BandLayout): boolean {
    const { assembly } = this;
    band.planes.forEach(({ blocksWide, h, v, quantization }, p) => {
      assembly.describePlane(p, layout.coefficients[p], blocksWide, h, v);
      new Uint16Array(assembly.memory.buffer, layout.quantization[p], 64).set(quantization);
    });
    return band.planes.every(
      ({ blocksWide, blocksHigh }, p) =>
        assembly.codePlane(p, blocksWide, blocksHigh, layout.quantization[p], layout.scratch) !== 0,
    );
  }

  private layOut({ planes }: DctBand): BandLayout {
    let end = this.assembly.heap();
    const take = (bytes: number) => {
      const address = end;
      end += (bytes + 15) & ~15;
      return address;
    };
    const coefficients = planes.map((plane) => take(plane.coefficients.length * 2));
    const quantization = planes.map(() => take(64 * 2));
    const scratch = take(
      Math.max(...planes.map(({ blocksWide, blocksHigh }) => blocksWide * (36 + 3 * blocksHigh))),
    );
    return { coefficients, quantization, scratch, end };
  }

  private coefficientsAt(address: number, length: number): Int16Array {
    return new Int16Array(this.assembly.memory.buffer, address, length);
  }

  /** Makes memory reach up to an address. */
  private reserve(end: number): void {
    const { memory } = this.assembly;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  }
}
