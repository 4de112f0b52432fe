/** Reading and writing the entries of the model table (spec/container.md, "Model table"). */

import { type ByteReader, ByteWriter } from './bytes.js';
import { LlmcError } from './errors.js';
import { FINGERPRINT_MAX, FINGERPRINT_MIN } from './fingerprint.js';
import type { ModelEntry } from './header.js';
import { AdaptiveModel, Arrangement, nameOf, Profile } from './registry.js';

/** Fewest bytes of an entry: profile, arrangement, length. */
export const MODEL_ENTRY_MIN = 3;

/**
 * Reads an entry of the model table. Numbers that are not registered stay numbers: they concern only the items
 * that use the model.
 *
 * @throws LlmcError of the reader's code where a value is out of range or bytes are left over.
 */
export function readModel(reader: ByteReader): ModelEntry {
  const profileNumber = reader.varint('profile', (n) => nameOf(Profile, n) ?? 'unknown');
  const arrangementNumber = reader.varint('arrangement', (n) => nameOf(Arrangement, n) ?? 'unknown');
  const arrangement = nameOf(Arrangement, arrangementNumber) ?? arrangementNumber;
  const parameters = reader.nested('parameters', reader.varint('length'));
  const profile = nameOf(Profile, profileNumber);
  if (profile === undefined) {
    const bytes = parameters.bytes('unknown', parameters.remaining).slice();
    return { profile: profileNumber, arrangement, bytes };
  }
  const entry = readProfile(parameters, profile, arrangement);
  parameters.end(`the parameters of profile ${profile}`);
  return entry;
}

function readProfile(
  reader: ByteReader,
  profile: keyof typeof Profile,
  arrangement: ModelEntry['arrangement'],
): ModelEntry {
  if (profile === 'adaptive') {
    const model = reader.varint('adaptive_model', (n) => nameOf(AdaptiveModel, n) ?? 'unknown');
    return { profile, arrangement, model: nameOf(AdaptiveModel, model) ?? model };
  }
  const { offset } = reader;
  const length = reader.u8('fingerprint_length');
  if (length < FINGERPRINT_MIN || length > FINGERPRINT_MAX) {
    throw reader.invalid(`a fingerprint of ${length} bytes`, offset);
  }
  const fingerprint = reader.bytes('fingerprint', length).slice();
  const name = reader.string('name');
  if (profile === 'exact') return { profile, arrangement, fingerprint, name };
  const contextLength = reader.varint('context_length');
  const lanes = reader.varint('lanes');
  const runtime = reader.string('runtime');
  const device = reader.string('device');
  return { profile, arrangement, fingerprint, name, contextLength, lanes, runtime, device };
}

/**
 * Writes an entry of the model table.
 *
 * @throws LlmcError `argument` where it breaks a rule of the format.
 */
export function writeModel(writer: ByteWriter, model: ModelEntry): void {
  const { profile, arrangement } = model;
  writer.varint(typeof profile === 'number' ? profile : Profile[profile]);
  writer.varint(typeof arrangement === 'number' ? arrangement : Arrangement[arrangement]);
  writer.block(parameterBytes(model));
}

function parameterBytes(model: ModelEntry): Uint8Array {
  const writer = new ByteWriter();
  switch (model.profile) {
    case 'adaptive':
      writer.varint(typeof model.model === 'number' ? model.model : AdaptiveModel[model.model]);
      break;
    case 'exact':
    case 'float':
      if (model.fingerprint.length > FINGERPRINT_MAX) {
        throw new LlmcError('argument', `a fingerprint of ${model.fingerprint.length} bytes`);
      }
      writer.u8(model.fingerprint.length);
      writer.bytes(model.fingerprint);
      writer.string(model.name);
      if (model.profile === 'exact') break;
      writer.varint(model.contextLength);
      writer.varint(model.lanes);
      writer.string(model.runtime);
      writer.string(model.device);
      break;
    default:
      return model.bytes;
  }
  return writer.finish();
}
