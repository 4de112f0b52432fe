/** Model packages that a file carries (spec/container.md, "Embedded models"). */

import { decodeRawPayload, encodeRawPayload } from '../codecs/raw/payload.js';
import { parseEmbeddedModel, serializeEmbeddedModel } from '../container/embedded-model.js';
import { LlmcError } from '../container/errors.js';
import type { Container } from '../container/reader.js';
import { SectionType } from '../container/registry.js';
import type { SectionContent } from '../container/writer.js';
import { type PackageFiles, WEIGHTS_BYTES_LIMIT } from '../lm/exact/package.js';
import { MANIFEST_BYTES_LIMIT } from '../lm/manifest.js';

/** The section that carries a package for a model of the file. */
export function embeddedPackageSection(model: number, { manifest, weights }: PackageFiles): SectionContent {
  const body = serializeEmbeddedModel({
    model,
    manifest,
    weightsLength: weights.length,
    weights: encodeRawPayload(weights),
  });
  return { type: SectionType.model, body };
}

/**
 * The files of the package that a file carries for a model; undefined if it carries none. They are as untrusted
 * as the file.
 *
 * @throws LlmcError `section-crc`, `section-invalid`, `truncated`, `limit`.
 */
export async function readEmbeddedPackage(
  container: Container,
  model: number,
): Promise<PackageFiles | undefined> {
  const { sections } = container.header;
  for (let i = 0; i < sections.length; i++) {
    const { type, item, offset } = sections[i];
    if (type !== SectionType.model || item !== undefined) continue;
    const embedded = parseEmbeddedModel(await container.readSection(i), offset);
    if (embedded.model !== model) continue;
    const { manifest, weightsLength } = embedded;
    if (manifest.length > MANIFEST_BYTES_LIMIT || weightsLength > WEIGHTS_BYTES_LIMIT) {
      throw new LlmcError('limit', 'the embedded model is larger than a model package may be', { offset });
    }
    const weights = new Uint8Array(weightsLength);
    try {
      decodeRawPayload(embedded.weights, weights);
    } catch (cause) {
      throw new LlmcError('section-invalid', 'the weights of the embedded model do not inflate', {
        offset,
        cause,
      });
    }
    return { manifest, weights };
  }
  return undefined;
}
