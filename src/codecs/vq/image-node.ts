/** Images to the indices of a codec package, and indices to images (spec/codec-package.md, "Networks of images"). */

import type { Tensor } from 'onnxruntime-node';
import { LlmcError } from '../../container/errors.js';
import { canonicalFile } from '../arrays/canonical.js';
import { readElements } from '../arrays/element.js';
import { parseNpy } from '../arrays/npy.js';
import type { VqChoice } from '../codec.js';
import { imageError, loadSharp, openStill } from '../image/still-node.js';
import type { CodecPackage } from '../package/codec-folders-node.js';
import { type ImageManifest, referenceTo } from '../package/manifest.js';
import { Network } from '../package/network-node.js';

/** Most pixels of an image: what sharp reads. */
const PIXELS_LIMIT = 0x3fff ** 2;

/** A package of images. */
export type ImagePackage = CodecPackage<ImageManifest>;

/** Size of an image in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** What the indices of a package are: of an array of them, all that it does not show. */
export function gridChoiceOf({ manifest, fingerprint }: ImagePackage): VqChoice {
  const codecPackage = referenceTo(manifest, fingerprint);
  return { codec: 'vq', codebookSize: manifest.codebook, codecPackage };
}

/** The encoder of a package. */
export class ImageEncoder {
  private constructor(
    private readonly codecPackage: ImagePackage,
    private readonly network: Network,
  ) {}

  /** @throws LlmcError `argument`, `package-invalid`. */
  static async open(codecPackage: ImagePackage): Promise<ImageEncoder> {
    return new ImageEncoder(codecPackage, await Network.open(codecPackage, 'encoder.onnx'));
  }

  /**
   * An image's indices as an `.npy` file [rows, columns], and the bits that they take when packed. The image is filled to
   * whole cells by its last column and row.
   *
   * @param file See `openStill`.
   * @throws LlmcError `argument`, `input-invalid`.
   */
  async encode(
    file: Uint8Array,
    background?: string,
  ): Promise<{ bytes: Uint8Array; bits: number; size: ImageSize }> {
    const { manifest } = this.codecPackage;
    const { cellPixels: side, codebook } = manifest;
    const image = await openStill(file, background);
    const { data, info } = await imageError('cannot be read as an image', () =>
      image.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true }),
    );
    const { width, height } = info;
    const columns = Math.ceil(width / side);
    const rows = Math.ceil(height / side);
    const indices = new Uint32Array(rows * columns);
    for (const tile of tilesOf(columns, rows, manifest)) {
      const across = tile.x.length * side;
      const area = across * tile.y.length * side;
      const pixels = new Float32Array(3 * area);
      for (let i = 0; i < area; i++) {
        const x = Math.min(tile.x.first * side + (i % across), width - 1);
        const y = Math.min(tile.y.first * side + Math.floor(i / across), height - 1);
        const at = 3 * (y * width + x);
        for (let c = 0; c < 3; c++) pixels[c * area + i] = data[at + c] / 255;
      }
      const shape = [1, 3, tile.y.length * side, across];
      const found = await this.network.begin()('pixels', pixels, shape);
      this.copy(found, tile, indices, columns);
    }
    const vq = { codebookSize: codebook, groups: [{ count: 1, width: columns, height: rows }] };
    const bits = indices.length * Math.ceil(Math.log2(codebook));
    return { bytes: canonicalFile({ codec: 'vq', vq }, indices), bits, size: { width, height } };
  }

  /** Frees the network. */
  close(): Promise<void> {
    return this.network.close();
  }

  /** Takes what is kept of a tile. */
  private copy({ data, dims }: Tensor, { x, y }: Tile, indices: Uint32Array, columns: number): void {
    const { folder, manifest } = this.codecPackage;
    if (dims.join() !== `${y.length},${x.length}`) {
      throw new LlmcError('package-invalid', `the encoder of ${folder} gives indices of shape ${dims}`);
    }
    for (let row = y.keepFirst; row < y.keepEnd; row++) {
      for (let column = x.keepFirst; column < x.keepEnd; column++) {
        const index = Number(data[(row - y.first) * x.length + column - x.first]);
        if (!(index >= 0 && index < manifest.codebook)) {
          throw new LlmcError('package-invalid', `the encoder of ${folder} gives the index ${index}`);
        }
        indices[row * columns + column] = index;
      }
    }
  }
}

/** The decoder of a package. */
export class ImageDecoder {
  private constructor(
    readonly codecPackage: ImagePackage,
    private readonly network: Network,
  ) {}

  /** @throws LlmcError `argument`, `package-invalid`. */
  static async open(codecPackage: ImagePackage): Promise<ImageDecoder> {
    return new ImageDecoder(codecPackage, await Network.open(codecPackage, 'decoder.onnx'));
  }

  /**
   * A PNG file.
   *
   * @param npy Indices [rows, columns], the canonical file of an item of one grid, below the package's codebook size.
   * @param size Of the image, where it is known: see `parseImageSize`.
   * @throws LlmcError `argument` where there are several grids or sharp is missing; `limit`.
   */
  async decode(npy: Uint8Array, size?: ImageSize): Promise<Uint8Array> {
    const { element, shape, offset, length } = parseNpy(npy);
    if (shape.length !== 2 || element === undefined) {
      throw new LlmcError('argument', 'several grids make no PNG file; decode them --to npy');
    }
    const open = await loadSharp();
    const { manifest } = this.codecPackage;
    const side = manifest.cellPixels;
    const [rows, columns] = shape;
    if (rows * columns * side ** 2 > PIXELS_LIMIT) {
      const message = `the image has ${columns * side} x ${rows * side} pixels, more than ${PIXELS_LIMIT}; decode it --to npy`;
      throw new LlmcError('limit', message);
    }
    const indices = readElements(element, npy.subarray(offset, offset + length), rows * columns);
    const stride = columns * side;
    const rgb = new Uint8ClampedArray(3 * stride * rows * side);
    for (const { x, y } of tilesOf(columns, rows, manifest)) {
      const input = BigInt64Array.from({ length: x.length * y.length }, (_, i) =>
        BigInt(indices[(y.first + Math.floor(i / x.length)) * columns + x.first + (i % x.length)]),
      );
      const { data } = await this.network.begin()('indices', input, [y.length, x.length]);
      const pixels = data as Float32Array;
      const across = x.length * side;
      const area = across * y.length * side;
      for (let row = y.keepFirst * side; row < y.keepEnd * side; row++) {
        for (let column = x.keepFirst * side; column < x.keepEnd * side; column++) {
          const from = (row - y.first * side) * across + column - x.first * side;
          const to = 3 * (row * stride + column);
          for (let c = 0; c < 3; c++) rgb[to + c] = 255 * pixels[c * area + from];
        }
      }
    }
    const raw = { width: stride, height: rows * side, channels: 3 } as const;
    const fits =
      size !== undefined &&
      Math.ceil(size.width / side) === columns &&
      Math.ceil(size.height / side) === rows;
    const whole = open(rgb, { raw });
    const image = fits ? whole.extract({ left: 0, top: 0, ...size }) : whole;
    return new Uint8Array(await image.png().toBuffer());
  }

  /** Frees the network. */
  close(): Promise<void> {
    return this.network.close();
  }
}

/** The size that an item's metadata tell of its image; undefined where they tell none. */
export function parseImageSize(metadata: Readonly<Record<string, string>>): ImageSize | undefined {
  const match = /^([1-9]\d{0,8})x([1-9]\d{0,8})$/.exec(metadata.pixels ?? '');
  return match ? { width: Number(match[1]), height: Number(match[2]) } : undefined;
}

/** Cells of a tile in one direction: those that a network is given, and of these those that are kept. */
interface Span {
  readonly first: number;
  readonly length: number;
  readonly keepFirst: number;
  readonly keepEnd: number;
}

interface Tile {
  readonly x: Span;
  readonly y: Span;
}

/** Tiles that cover a grid, each small enough for a call. */
function tilesOf(columns: number, rows: number, manifest: ImageManifest): Tile[] {
  const across = spansOf(columns, manifest);
  return spansOf(rows, manifest).flatMap((y) => across.map((x) => ({ x, y })));
}

function spansOf(cells: number, { cellsPerCall, marginCells }: ImageManifest): Span[] {
  if (cells <= cellsPerCall) return [{ first: 0, length: cells, keepFirst: 0, keepEnd: cells }];
  const step = cellsPerCall - 2 * marginCells;
  return Array.from({ length: Math.ceil(cells / step) }, (_, i) => {
    const [keepFirst, keepEnd] = [i * step, Math.min((i + 1) * step, cells)];
    const first = Math.max(keepFirst - marginCells, 0);
    return { first, length: Math.min(keepEnd + marginCells, cells) - first, keepFirst, keepEnd };
  });
}
