/**
 * The one error type of the toolkit. Codes are part of the format: spec/errors.md lists each with the
 * decoder's duty, the conformance vectors name them, and the CLI prints them.
 */

/** Every stable error code, with the sentence that tells the user what to do about it. */
export const ERROR_REMEDIES = {
  // The file is not what it claims to be.
  signature: 'This is not an .llmc file; check the path.',
  'signature-mangled': 'The file was altered by a text-mode transfer; copy it again in binary mode.',
  version: 'The file needs a newer major version of the format; update the decoder.',
  truncated: 'The file ends too early; copy it again, or recover what is left with --keep-going.',
  'trailing-data': 'Bytes follow the end of the file; remove them, or use --keep-going to ignore them.',
  'header-crc': 'The header is damaged; restore the file from another copy.',
  'header-invalid': 'The header breaks a rule of the specification; the writer that made it is at fault.',
  limit: 'The file declares more than the limits allow; raise the limit if you trust its origin.',
  'section-unknown': 'The file needs a feature that this decoder does not have; update the decoder.',
  'section-crc': 'A section is damaged; restore the file from another copy.',
  'section-invalid': 'A section breaks a rule of the specification; the writer that made it is at fault.',
  'codec-unknown': 'The codec type is not known to this decoder; update it.',
  'arrangement-unknown': 'The arrangement is not known to this decoder; update it.',
  'profile-unknown': 'The numeric profile is not known to this decoder; update it.',
  // A chunk or an item does not come back.
  'chunk-crc': 'A chunk is damaged; recover the other chunks with --keep-going.',
  'chunk-corrupt': 'A chunk does not decode; recover the other chunks with --keep-going.',
  'chunk-tokens-crc': 'A chunk decoded to other tokens than were encoded; the model or the decoder differs.',
  'digest-mismatch': 'The restored bytes differ from the original; restore the file from another copy.',
  // The model.
  'model-unknown': 'The adaptive model version is not known to this decoder; update it.',
  'model-missing': 'Install the model with `llmc models add`, or set LLMC_MODEL_PATH.',
  'model-mismatch': 'The model found is not the one that encoded the file; install the right one.',
  'model-invalid': 'The model package breaks a rule of the specification; get it again from its source.',
  // The codec package, for what is no part of decoding.
  'package-missing':
    'Name its folder in LLMC_CODEC_PATH; indices need no codec package: decode them with --to npy.',
  'package-invalid': 'The codec package breaks a rule of the specification; get it again from its source.',
  // The caller.
  argument: 'Check the arguments; see --help.',
  input: 'Check that the input exists and can be read.',
  output: 'Check that the output folder exists and can be written.',
  'input-invalid': 'The input is not what the codec options say; correct them, or leave --codec out.',
  'output-exists': 'Choose another output, or use --force to replace it.',
  verification: 'The encoder could not prove its own output; please report this file.',
  aborted: 'The operation was cancelled; nothing was written.',
  internal: 'This is a defect of llmc; please report it.',
} as const;

/** A stable error code (spec/errors.md). */
export type LlmcErrorCode = keyof typeof ERROR_REMEDIES;

/** Where and why something failed, beside the code. */
export interface LlmcErrorDetails {
  /** Byte offset in the file where the fault was found. */
  readonly offset?: number;
  /** Index of the chunk concerned. */
  readonly chunk?: number;
  /** Index of the item concerned. */
  readonly item?: number;
  readonly cause?: unknown;
}

/** An error with a stable `code`, the place of the fault, and what the user can do (`remedy`). */
export class LlmcError extends Error {
  override readonly name = 'LlmcError';
  readonly code: LlmcErrorCode;
  readonly offset: number | undefined;
  readonly chunk: number | undefined;
  readonly item: number | undefined;

  constructor(code: LlmcErrorCode, message: string, details: LlmcErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.offset = details.offset;
    this.chunk = details.chunk;
    this.item = details.item;
  }

  /** One sentence on what the user can do. */
  get remedy(): string {
    return ERROR_REMEDIES[this.code];
  }
}

/**
 * Ends work that was cancelled.
 *
 * @throws LlmcError `aborted` once the signal is.
 */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new LlmcError('aborted', 'cancelled');
}
