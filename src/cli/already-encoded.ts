/** What `llmc encode` makes of an output that is there already. */

import { LlmcError } from '../container/errors.js';
import { matchesFingerprint } from '../container/fingerprint.js';
import type { Header } from '../container/header.js';
import { openContainer } from '../container/reader.js';
import { arrangementServes, type CodecName, SectionType } from '../container/registry.js';
import type { ModelProvider } from '../lm/model-provider.js';
import type { EncodeOptions } from '../pipeline/encode.js';
import { isEncodingOf } from '../pipeline/verify.js';
import { withSource } from './inputs.js';
import { fileExists } from './naming.js';

/**
 * Whether a file is there that is a sound encoding of these items, by the codec and model that are asked for.
 *
 * @throws LlmcError `output-exists` where it is anything else.
 */
export async function isEncodedAlready(
  output: string,
  originals: readonly Uint8Array[],
  models: ModelProvider,
  wish: EncodeOptions,
): Promise<boolean> {
  if (!(await fileExists(output))) return false;
  return withSource(output, async (source) => {
    if (!(await isEncodingOf(source, originals, models))) {
      throw new LlmcError('output-exists', `${output} exists and is not a sound encoding of the input`);
    }
    const { header } = await openContainer(source);
    if (!(await isAsWished(header, models, wish))) {
      throw new LlmcError(
        'output-exists',
        `${output} exists and has another codec or model than is asked for`,
      );
    }
    return true;
  });
}

async function isAsWished(
  header: Header,
  models: ModelProvider,
  { codec = 'auto', model = 'auto', embedModel = false }: EncodeOptions,
): Promise<boolean> {
  const wanted = typeof codec === 'object' ? codec.codec : codec;
  const codecs = header.items.map(({ parameters }) => parameters.codec);
  if (wanted !== 'auto' && codecs.some((found) => found !== wanted)) return false;
  const packaged = header.models.filter((entry) => 'fingerprint' in entry);
  const embedded = header.sections.filter(({ type }) => type === SectionType.model);
  if (embedModel && embedded.length < packaged.length) return false;
  if (model === 'auto') return true;
  if (model === 'adaptive') return packaged.length === 0;
  const { arrangement, fingerprint } = (await models.openNamed(model)).package;
  return header.items.every(({ parameters, model: index }) => {
    if (!arrangementServes(arrangement, parameters.codec as CodecName)) return true;
    const entry = index === undefined ? undefined : header.models[index];
    return (
      entry !== undefined && 'fingerprint' in entry && matchesFingerprint(fingerprint, entry.fingerprint)
    );
  });
}
