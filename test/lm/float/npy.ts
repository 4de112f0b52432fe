/** Files of indices for the tests of language models. */

/** An `.npy` file of `<i4` in C order. */
export function npyFile(shape: readonly number[], values: readonly number[]): Uint8Array {
  const dictionary = `{'descr': '<i4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const header = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${dictionary.padEnd(117)}\n`, 'latin1');
  return new Uint8Array(Buffer.concat([header, Buffer.from(Int32Array.from(values).buffer)]));
}
