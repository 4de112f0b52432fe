/** The container of `.llmc` files: reading, writing and describing them without any codec or model. */

export type { FieldSink, MappedField } from './bytes.js';
export * from './chunk-coverage.js';
export {
  crc32,
  type DctTokens,
  dctTokensCrc,
  formatCrc,
  indexTokensCrc,
  rawTokensCrc,
} from './crc.js';
export * from './embedded-model.js';
export * from './errors.js';
export * from './fingerprint.js';
export type { Fraction } from './fraction.js';
export { type FrameQuality, frameQuality, samplingName } from './frame-description.js';
export * from './header.js';
export * from './inspect.js';
export * from './limits.js';
export * from './map-bytes.js';
export * from './metadata.js';
export * from './parameters.js';
export { parseHeader } from './parse-header.js';
export * from './quantization.js';
export { type Container, type OpenOptions, openContainer } from './reader.js';
export * from './registry.js';
export * from './section-rules.js';
export { serializeHeader } from './serialize-header.js';
export { type ByteInput, type ByteSource, blobSource, bytesSource, toByteSource } from './source.js';
export * from './writer.js';
