/** The section `mETA`: file name, media type and key-value pairs (spec/container.md, "Metadata"). */

import { ByteReader, ByteWriter, type FieldSink } from './bytes.js';
import { LlmcError } from './errors.js';
import { reasonOf } from './reason.js';

/** What is known of an item, or of the whole file, beside its content. */
export interface Metadata {
  /** A base name, never a path. */
  readonly name?: string | undefined;
  /** As in RFC 6838, such as `image/jpeg`. */
  readonly mediaType?: string | undefined;
  readonly entries?: Readonly<Record<string, string>> | undefined;
}

/** Most bytes of a file name. */
const NAME_LIMIT = 255;

/** Fewest bytes of a pair. */
const PAIR_MIN = 2;

/**
 * Whether a name may be used as a file's name in a folder: it cannot lead out of the folder, nor hide a control
 * character.
 */
export function isSafeFileName(name: string): boolean {
  return (
    name !== '' &&
    name !== '.' &&
    name !== '..' &&
    !/[/\\\p{Cc}]/u.test(name) &&
    new TextEncoder().encode(name).length <= NAME_LIMIT
  );
}

/** The base name of a path, fit for the metadata; undefined where nothing of it is. */
export function safeFileName(path: string): string | undefined {
  const name = path
    .slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
    .replaceAll(/[\p{Cc}\p{Cs}]/gu, '_')
    .replace(/^\uFEFF+/u, '');
  return isSafeFileName(name) ? name : undefined;
}

/**
 * Parses the body of a section `mETA`.
 *
 * @param offset Offset of the body in the file, for errors.
 * @throws LlmcError `section-invalid`.
 */
export function parseMetadata(body: Uint8Array, offset = 0, sink?: FieldSink, path?: string): Metadata {
  const reader = new ByteReader(
    body,
    offset,
    { invalid: 'section-invalid', end: 'section-invalid' },
    sink,
    path === undefined ? [] : [path],
  );
  const nameOffset = reader.offset;
  const name = reader.string('name');
  if (name !== '' && !isSafeFileName(name)) {
    throw reader.invalid(`${JSON.stringify(name)} is not a base name of a file`, nameOffset);
  }
  const mediaType = reader.string('media_type');
  const count = reader.count('pair_count', PAIR_MIN, Number.MAX_SAFE_INTEGER);
  const entries = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    const pairOffset = reader.offset;
    const [key, value] = reader.group('pairs', i, () => [reader.string('key'), reader.string('value')]);
    if (entries.has(key)) throw reader.invalid(`a second value of ${JSON.stringify(key)}`, pairOffset);
    entries.set(key, value);
  }
  reader.end('the metadata');
  return {
    ...(name === '' ? {} : { name }),
    ...(mediaType === '' ? {} : { mediaType }),
    entries: Object.fromEntries(entries),
  };
}

/**
 * The body of a section `mETA`.
 *
 * @throws LlmcError `argument` where the name is not a base name (see `safeFileName`) or a string begins with a
 *   byte-order mark.
 */
export function serializeMetadata(metadata: Metadata): Uint8Array {
  const { name = '', mediaType = '' } = metadata;
  const entries = Object.entries(metadata.entries ?? {});
  const writer = new ByteWriter();
  writer.string(name);
  writer.string(mediaType);
  writer.varint(entries.length);
  for (const [key, value] of entries) {
    writer.string(key);
    writer.string(value);
  }
  const body = writer.finish();
  try {
    parseMetadata(body);
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new LlmcError('argument', `metadata that a reader would refuse: ${reason}`, { cause });
  }
  return body;
}
