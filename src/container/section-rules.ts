/** What the types of sections say, and where sections may stand (spec/container.md, "Section table"). */

import type { CodecParameters } from './parameters.js';
import { SectionType } from './registry.js';

/** Critical section types that this reader knows: the side data of items. */
export const SIDE_DATA_TYPES: readonly string[] = [
  SectionType.jpegSideData,
  SectionType.arraySideData,
  SectionType.textSideData,
];

/** Whether four characters are a section type at all. */
export function isSectionType(type: string): boolean {
  return /^[A-Za-z]{2}[A-Z]{2}$/.test(type);
}

/** Whether a reader that does not know the type must not decode what the section concerns. */
export function isCritical(type: string): boolean {
  return type[0] < 'a';
}

/** Whether the type is for private use: it will never be registered. */
export function isPrivateUse(type: string): boolean {
  return type[1] >= 'a';
}

/** Whether this reader must leave undecoded what a section of the type concerns. */
export function isUnknownCritical(type: string): boolean {
  return isCritical(type) && !SIDE_DATA_TYPES.includes(type);
}

/** Whether what a section concerns may have several of its type. */
export function mayRepeat(type: string, item: number | undefined): boolean {
  return type === SectionType.model && item === undefined;
}

/** The critical section that an item of this codec type must have, if any. */
export function requiredSection(codec: CodecParameters['codec']): string | undefined {
  return codec === 'jpeg' ? SectionType.jpegSideData : undefined;
}

/** The codec types that a section of this type belongs to, if it does not belong to all. */
export function sectionCodecs(type: string): readonly CodecParameters['codec'][] | undefined {
  if (type === SectionType.jpegSideData) return ['jpeg'];
  if (type === SectionType.arraySideData) return ['vq', 'rvq'];
  if (type === SectionType.textSideData) return ['text'];
  return undefined;
}
