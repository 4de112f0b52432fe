/** What coding a scan needs: its header, its tables, and the order in which it visits blocks (A.2, G.1). */

import { type DctParameters, dctGeometry } from '../../container/parameters.js';
import type { DctLatents } from '../dct-latents.js';
import type { HuffmanTable } from './huffman-table.js';
import type { ScanHeader } from './markers.js';

/**
 * The blocks of a scan. A unit is an MCU; a scan has `unitsWide * unitsHigh` of them in raster order. Unit
 * (x, y) holds `blocks.length` blocks, of which block b begins at coefficient
 * `blocks[b].first + y * blocks[b].rowStep + x * blocks[b].columnStep` of its component.
 */
export interface ScanLayout {
  readonly unitsWide: number;
  readonly unitsHigh: number;
  readonly blocks: readonly BlockOfUnit[];
}

/** Where a block of an MCU lies in its component's grid. */
export interface BlockOfUnit {
  /** Index into the scan's components. */
  readonly slot: number;
  readonly first: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

/** A scan that is ready to be coded. */
export interface Scan {
  readonly header: ScanHeader;
  readonly layout: ScanLayout;
  /** Units between restarts; all of them (never 0) if there are no restarts. */
  readonly restartInterval: number;
  /** Coefficients, one array a scan component. */
  readonly planes: readonly Int16Array[];
  /** Huffman tables, one a scan component. Undefined where none is defined or, in a progressive scan, needed. */
  readonly dcTables: readonly (HuffmanTable | undefined)[];
  readonly acTables: readonly (HuffmanTable | undefined)[];
}

/** How the blocks of a scan are coded: F.1.2, G.1.2.1 (first, refining), G.1.2.2, G.1.2.3. */
export type ScanKind = 'sequential' | 'dc-first' | 'dc-refine' | 'ac-first' | 'ac-refine';

/** The kind of a scan, or undefined if its header breaks a rule of its process. */
export function scanKind(process: DctParameters['process'], header: ScanHeader): ScanKind | undefined {
  if (process !== 2) return 'sequential';
  const {
    spectralStart: start,
    spectralEnd: end,
    approximationHigh: high,
    approximationLow: low,
    components,
  } = header;
  if (low > 13 || (high !== 0 && high !== low + 1)) return undefined;
  if (start === 0) return end !== 0 ? undefined : high === 0 ? 'dc-first' : 'dc-refine';
  if (end < start || end > 63 || components.length !== 1) return undefined;
  return high === 0 ? 'ac-first' : 'ac-refine';
}

/** The layout of a scan of these components (indices into the frame's). */
export function scanLayout(parameters: DctParameters, components: readonly number[]): ScanLayout {
  const { mcusWide, mcusHigh, grids } = dctGeometry(parameters);
  if (components.length === 1) {
    const index = components[0];
    const { blocksWide, h, v } = grids[index];
    const block = { slot: 0, first: 0, rowStep: blocksWide * 64, columnStep: 64 };
    const hMax = Math.max(...grids.map((grid) => grid.h));
    const vMax = Math.max(...grids.map((grid) => grid.v));
    return {
      unitsWide: Math.ceil(Math.ceil((parameters.width * h) / hMax) / 8),
      unitsHigh: Math.ceil(Math.ceil((parameters.height * v) / vMax) / 8),
      blocks: [block],
    };
  }
  const blocks: BlockOfUnit[] = [];
  components.forEach((index, slot) => {
    const { blocksWide, h, v } = grids[index];
    for (let y = 0; y < v; y++) {
      for (let x = 0; x < h; x++) {
        const first = (y * blocksWide + x) * 64;
        blocks.push({ slot, first, rowStep: blocksWide * v * 64, columnStep: h * 64 });
      }
    }
  });
  return { unitsWide: mcusWide, unitsHigh: mcusHigh, blocks };
}

/** Puts a scan together from its header, the restart interval in force (0: none) and the tables in force. */
export function prepareScan(
  latents: DctLatents,
  header: ScanHeader,
  restartInterval: number,
  tables: ReadonlyMap<number, HuffmanTable>,
): Scan {
  const layout = scanLayout(
    latents.parameters,
    header.components.map((component) => component.index),
  );
  return {
    header,
    layout,
    restartInterval: restartInterval === 0 ? unitCount(layout) : restartInterval,
    planes: header.components.map((component) => latents.coefficients[component.index]),
    dcTables: header.components.map((component) => tables.get(component.dc)),
    acTables: header.components.map((component) => tables.get(0x10 | component.ac)),
  };
}

/** Units in a scan. */
export function unitCount(layout: ScanLayout): number {
  return layout.unitsWide * layout.unitsHigh;
}

/** Restart intervals in a scan. */
export function intervalCount(scan: Scan): number {
  return Math.ceil(unitCount(scan.layout) / scan.restartInterval);
}

/** Blocks that a scan codes. */
export function blockVisits(layout: ScanLayout): number {
  return unitCount(layout) * layout.blocks.length;
}

/** Blocks that the scans of a file may code together, in blocks of the frame (spec/jpeg.md, "Limits"). */
export const MAX_VISITS_PER_BLOCK = 128;
