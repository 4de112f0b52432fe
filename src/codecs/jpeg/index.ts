/** Lossless JPEG: files to DCT coefficients and side data, and back to the same bytes (spec/jpeg.md). */

export { canonicalJpeg } from './canonical.js';
export { type ParsedJpeg, parseJpeg } from './parse.js';
export { rebuildJpeg } from './rebuild.js';
