/** Numbers as people read them. */

import type { ChunkSpan } from '../container/chunk-coverage.js';

/** Bytes with a decimal unit and three significant digits: `306 kB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.max(value, 1))));
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** An exact count with digits grouped: `306,358`. (`toLocaleString` takes 25 ms when it is first called.) */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** How much smaller `after` is than `before`: `21.3 % smaller`; or `65 bytes more`. */
export function formatSaving(before: number, after: number): string {
  if (after > before) return `${formatCount(after - before)} bytes more`;
  return `${before === 0 ? 0 : (100 * (1 - after / before)).toFixed(1)} % smaller`;
}

/** What a chunk holds of a photo, as `pixel rows 0 to 15`; undefined where it holds something else. */
export function formatRows({
  pixelRows,
  nested,
}: Pick<ChunkSpan, 'pixelRows' | 'nested'>): string | undefined {
  if (pixelRows === undefined) return undefined;
  const { first, count } = pixelRows;
  const rows = count > 0 ? [`pixel rows ${first} to ${first + count - 1}`] : [];
  return [...rows, ...(nested ? [`${nested} picture(s) within`] : [])].join(', ');
}
