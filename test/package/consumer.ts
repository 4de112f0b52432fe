/** A program of somebody who has installed the package: it uses every entry and the main types. */

import { readFile } from 'node:fs/promises';
import {
  type DecodedItem,
  decode,
  type EncodeOptions,
  encode,
  type Inspection,
  inspect,
  LlmcError,
  openFileSource,
  type VerifyResult,
  verify,
} from 'llmc';
import * as browser from 'llmc/browser';
import { inspect as inspectAlone } from 'llmc/container';

const [, , path = ''] = process.argv;
const jpeg: Uint8Array = new Uint8Array(await readFile(path));
const options: EncodeOptions = { chunkTokens: 100_000, jobs: 2 };
const packed: Uint8Array = await encode(jpeg, options);
const [item]: DecodedItem[] = await decode(packed);
const { faults }: VerifyResult = await verify(packed, { deep: true });
const description: Inspection = await inspect(packed);
const alone: Inspection = await inspectAlone(new Blob([packed.slice()]));
const [fromBrowser]: DecodedItem[] = await browser.decode(await browser.encode(jpeg, { model: 'adaptive' }));
const source = await openFileSource(path);
let code = '';
try {
  await inspect(source);
} catch (error) {
  if (error instanceof LlmcError) code = error.code;
}
await source.close();
const same = (bytes: Uint8Array | undefined) => bytes !== undefined && Buffer.compare(bytes, jpeg) === 0;
console.log(
  JSON.stringify({
    same: same(item?.bytes) && same(fromBrowser?.bytes),
    faults: faults.length,
    width: description.width,
    quality: alone.dct?.qf,
    code,
  }),
);
