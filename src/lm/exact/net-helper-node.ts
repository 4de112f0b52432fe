/** The helper thread of a `HelpedRunner`: evaluates the rows that it is handed until it is terminated. */

import { parentPort, workerData } from 'node:worker_threads';
import type { HelperData } from './helped-runner-node.js';
import { SharedRows } from './shared-rows.js';
import { WasmRunner } from './wasm-runner.js';

const { classes, memory, baseInputs }: HelperData = workerData;
const runner = await WasmRunner.open(classes);
const rows = SharedRows.over(memory, baseInputs);
parentPort?.postMessage('ready');
for (let answered = 0; ; ) {
  const request = rows.awaitRequest(answered);
  await runner.run(rows.batches);
  rows.answer(request);
  answered = request;
}
