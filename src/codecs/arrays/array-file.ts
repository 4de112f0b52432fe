/** Files of arrays, of whatever format: what is common to `.npy`, `.safetensors` and `.ecdc`. */

import { LlmcError } from '../../container/errors.js';
import type { Element } from './element.js';

/** An array of a file. */
export interface FileArray {
  /** Its key, empty where the format has none. */
  readonly name: string;
  /** The type of its elements as the format names it. */
  readonly type: string;
  /** Undefined where the elements are no integers. */
  readonly element: Element | undefined;
  readonly shape: readonly number[];
  /** Whether the first axis is the fastest in the file, and not the last. */
  readonly fortran: boolean;
  /** Place and length of its data in the file. */
  readonly offset: number;
  readonly length: number;
}

/** An error of an input that is not what the codec's options say. */
export function invalidInput(message: string, offset?: number): LlmcError {
  return new LlmcError('input-invalid', message, offset === undefined ? {} : { offset });
}

/** What messages call an array. */
export function describeArray({ name, type, shape }: FileArray): string {
  return `${name === '' ? 'the array' : `array ${JSON.stringify(name)}`} (${type} [${shape.join(', ')}])`;
}

/** Elements of an array. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
