/** The registries of the format (spec/registries.md): numbers that files carry, and their names. */

/** Codec types. 0x70-0x7f are for private use. */
export const CodecType = { raw: 0, jpeg: 1, dct: 2, vq: 3, rvq: 4, text: 5 } as const;
/** Name of a codec type. */
export type CodecName = keyof typeof CodecType;

/** Numeric profiles of a model. 0x70-0x7f are for private use. */
export const Profile = { adaptive: 1, exact: 2, float: 3 } as const;
/** Name of a numeric profile. */
export type ProfileName = keyof typeof Profile;

/** Arrangements: the order in which latents become tokens. 0x70-0x7f are for private use. */
export const Arrangement = {
  'dct-blocks': 1,
  'dct-wavefront': 2,
  'dct-raster': 3,
  'dct-zigzag': 4,
  'vq-raster': 5,
  'rvq-frames': 6,
  'rvq-layers': 7,
  text: 8,
} as const;
/** Name of an arrangement. */
export type ArrangementName = keyof typeof Arrangement;

/** Adaptive models: complete by themselves, they have no weights and so no fingerprint. */
export const AdaptiveModel = { 'adaptive-dct-1': 1, 'adaptive-index-1': 2 } as const;
/** Name of an adaptive model. */
export type AdaptiveModelName = keyof typeof AdaptiveModel;

/** Digest types of an item's original bytes, and their sizes. */
export const DigestType = { none: 0, sha256: 1 } as const;
/** Name of a digest type. */
export type DigestName = keyof typeof DigestType;

/** Bytes of a `sha256` digest. */
export const SHA256_BYTES = 32;

/** First number for private use, in every registry above. */
export const PRIVATE_USE = 0x70;

/** Section types known to version 1. */
export const SectionType = {
  /** Everything of a JPEG file that is not a coefficient (critical). */
  jpegSideData: 'JPEG',
  /** Everything of a file of arrays that is not an index (critical). */
  arraySideData: 'ARRY',
  /** What turns a detokenised text into the original (critical). */
  textSideData: 'TEXT',
  /** An embedded model package (ancillary: any model with the same fingerprint serves). */
  model: 'mODL',
  /** File name, media type and key-value pairs (ancillary). */
  metadata: 'mETA',
} as const;

/** The name of a registered number, or undefined for one that is not registered. */
export function nameOf<Name extends string>(
  registry: Readonly<Record<Name, number>>,
  value: number,
): Name | undefined {
  for (const name in registry) if (registry[name] === value) return name;
  return undefined;
}

const ARRANGEMENT_CODECS: Readonly<Record<ArrangementName, readonly CodecName[]>> = {
  'dct-blocks': ['jpeg', 'dct'],
  'dct-wavefront': ['jpeg', 'dct'],
  'dct-raster': ['jpeg', 'dct'],
  'dct-zigzag': ['jpeg', 'dct'],
  'vq-raster': ['vq'],
  'rvq-frames': ['rvq'],
  'rvq-layers': ['rvq'],
  text: ['text'],
};

/** Whether an arrangement orders the latents of a codec type. */
export function arrangementServes(arrangement: ArrangementName, codec: CodecName): boolean {
  return ARRANGEMENT_CODECS[arrangement].includes(codec);
}
