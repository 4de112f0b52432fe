/** Reading files: the header at once, sections and chunks when they are asked for. */

import type { LlmcError } from './errors.js';
import type { Header } from './header.js';
import type { Limits } from './limits.js';
import type { ByteInput } from './source.js';

export interface OpenOptions {
  /** Limits that differ from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<Limits>;
  /**
   * Accept files that end too early or go on after their end, and report it in `faults`: what is complete can
   * be read.
   */
  readonly lenient?: boolean;
}

/** An open file. */
export interface Container {
  readonly header: Header;
  /** Faults of the file's length that `lenient` let pass: `truncated` or `trailing-data`. */
  readonly faults: readonly LlmcError[];
  /**
   * Why an item cannot be decoded, as far as the header tells: `codec-unknown`, `section-unknown`,
   * `profile-unknown`, `arrangement-unknown`, `model-unknown` or `limit`.
   */
  itemFault(item: number): LlmcError | undefined;
  /**
   * Body of the section of this index in `header.sections`, its CRC verified.
   *
   * @throws LlmcError `section-crc`, `truncated`, `limit` or `input`.
   */
  readSection(section: number): Promise<Uint8Array>;
  /** Index of the section of this type that concerns the item (the whole file if undefined), or undefined. */
  findSection(type: string, item?: number): number | undefined;
  /**
   * Payload of the chunk of this index in `header.chunks`, its CRC verified.
   *
   * @throws LlmcError `chunk-crc`, `truncated` or `input`, with the chunk's index.
   */
  readChunk(chunk: number): Promise<Uint8Array>;
}

/**
 * Reads and checks the header of a file with one or two small reads.
 *
 * @throws LlmcError `signature`, `signature-mangled`, `version`, `truncated`, `trailing-data`, `header-crc`,
 *   `header-invalid`, `limit` or `input`, with the byte offset of the fault.
 */
export declare function openContainer(input: ByteInput, options?: OpenOptions): Promise<Container>;
