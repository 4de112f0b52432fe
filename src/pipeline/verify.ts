/** Verifying a file: its structure and checksums without a model, or (deep) by decoding it. */

import { equalBytes } from '../container/bytes.js';
import { sha256 } from '../container/digest.js';
import { LlmcError, throwIfAborted } from '../container/errors.js';
import { type Container, openContainer } from '../container/reader.js';
import type { ByteInput } from '../container/source.js';
import type { ModelProvider } from '../lm/model-provider.js';
import { readCheckedSection } from './checked-section.js';
import { decodeItems } from './decode.js';

/** Choices of the verifier. */
export interface VerifyOptions {
  /** Decodes every item too and checks tokens, lengths and digests. */
  readonly deep?: boolean;
  readonly signal?: AbortSignal;
  /** Called with the fraction of the work that is done, 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
}

/** What is wrong with a file: empty if nothing is. */
export interface VerifyResult {
  readonly faults: readonly LlmcError[];
  readonly items: number;
  readonly sections: number;
  readonly chunks: number;
}

/**
 * Checks a file and lists all its faults.
 *
 * @throws LlmcError where the header cannot be read, so that nothing more can be said.
 */
export async function verifyFile(
  input: ByteInput,
  models: ModelProvider,
  options: VerifyOptions = {},
): Promise<VerifyResult> {
  const container = await openContainer(input, { lenient: true });
  const { items, sections, chunks } = container.header;
  const faults = [...container.faults];
  const collect = async (check: () => Promise<unknown>) => {
    throwIfAborted(options.signal);
    try {
      await check();
    } catch (error) {
      if (!(error instanceof LlmcError)) throw error;
      // A cut file says so once; that its last chunks are missing follows from it.
      if (error.code !== 'truncated' || container.faults.length === 0) faults.push(error);
    }
  };
  for (let i = 0; i < sections.length; i++) {
    await collect(() => readCheckedSection(container, i));
  }
  for (let i = 0; i < chunks.length; i++) await collect(() => container.readChunk(i));
  if (options.deep) faults.push(...(await decodingFaults(container, models, options, faults)));
  return { faults, items: items.length, sections: sections.length, chunks: chunks.length };
}

async function decodingFaults(
  container: Container,
  models: ModelProvider,
  options: VerifyOptions,
  known: readonly LlmcError[],
): Promise<LlmcError[]> {
  const key = ({ code, chunk, item, offset }: LlmcError) => [code, chunk ?? `item ${item}`, offset].join();
  const seen = new Set(known.map(key));
  const faults: LlmcError[] = [];
  const { signal, onProgress } = options;
  const decoded = decodeItems(container, models, {
    keepGoing: true,
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
  });
  for await (const { damage } of decoded) {
    for (const { error } of damage) {
      if (seen.has(key(error)) || (error.code === 'truncated' && container.faults.length > 0)) continue;
      seen.add(key(error));
      faults.push(error);
    }
  }
  return faults;
}

/**
 * Whether a file is a sound encoding of exactly these items, in order. Of an item with a digest that is told by
 * checksums; of one without, by decoding.
 */
export async function isEncodingOf(
  input: ByteInput,
  originals: readonly Uint8Array[],
  models: ModelProvider,
): Promise<boolean> {
  try {
    const container = await openContainer(input);
    const { items } = container.header;
    if (items.length !== originals.length) return false;
    const undigested: number[] = [];
    for (const [i, { originalLength, digest }] of items.entries()) {
      if (originalLength !== originals[i].length) return false;
      if (digest.type !== 'sha256') undigested.push(i);
      else if (!equalBytes((digest as { value: Uint8Array }).value, await sha256(originals[i]))) return false;
    }
    if ((await verifyFile(input, models)).faults.length > 0) return false;
    for await (const { index, bytes } of decodeItems(container, models, { items: undigested })) {
      if (bytes === undefined || !equalBytes(bytes, originals[index])) return false;
    }
    return true;
  } catch (error) {
    if (error instanceof LlmcError && error.code !== 'aborted') return false;
    throw error;
  }
}
