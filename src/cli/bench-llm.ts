/** `llmc bench llm`: language models as entropy models, beside exact and adaptive ones and each codec's own coder. */

import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import Table from 'cli-table3';
import { kindOf } from '../arrangement/registry.js';
import { LlmcError } from '../container/errors.js';
import type { FloatModel } from '../lm/float/float-model.js';
import type { ModelProvider } from '../lm/model-provider.js';
import { Candidates } from '../pipeline/candidates.js';
import { OWN_CODER, type Sample, sampleOf } from './bench-sample.js';
import type { CodecOptions } from './codec-choice.js';
import { type InputFile, isLlmcName, listInputs, readInput } from './inputs.js';
import { lineChart } from './line-chart.js';
import { type ModelChoices, modelsOf } from './models-of.js';
import { printLine } from './progress.js';
import { ExitStatus } from './report.js';
import { csvLine, PLAIN_TABLE } from './tables.js';

/** Options of the command, as commander hands them over. */
export interface BenchLlmOptions extends Omit<ModelChoices, 'context'>, CodecOptions {
  readonly recursive: boolean;
  readonly quiet: boolean;
  readonly model: readonly string[];
  readonly table: TableName;
  /** Most tokens of each file. */
  readonly tokens: number;
  readonly contexts: readonly number[];
  /** Files to write all figures, and a chart, to. */
  readonly csv?: string;
  readonly svg?: string;
  readonly signal: AbortSignal;
}

/** How a coder fared on the files of an argument. */
interface Row {
  readonly input: string;
  readonly coder: string;
  readonly arrangement: string;
  /** Tokens of a language model's vocabulary. */
  readonly vocabulary?: number;
  readonly context?: number;
  readonly lanes?: number;
  tokens: number;
  plainBits: number;
  bytes: number;
  /** Wall time of coding, and what of it the runtime computed. */
  seconds: number;
  runtimeSeconds?: number;
}

/** A table: what its cells say, and what changes from column to column. */
interface TableForm {
  readonly title: string;
  readonly by: 'context' | 'input';
  value(row: Row): number | undefined;
  readonly digits: number;
}

const bitsPerToken = ({ bytes, tokens }: Row) => (8 * bytes) / tokens;

const TABLES = {
  text: {
    title: 'bits a byte, by most tokens of a sequence',
    by: 'context',
    value: ({ bytes, plainBits }) => (8 * bytes) / (plainBits / 8),
    digits: 3,
  },
  ratio: {
    title: 'compression ratio, to 8 bits a coefficient or byte, packed bits of indices',
    by: 'input',
    value: ({ bytes, plainBits }) => plainBits / (8 * bytes),
    digits: 3,
  },
  order: { title: 'bits a token, by input', by: 'input', value: bitsPerToken, digits: 4 },
  chunk: {
    title: 'bits a token, by most tokens of a sequence',
    by: 'context',
    value: bitsPerToken,
    digits: 4,
  },
  time: {
    title: 'milliseconds a token, by most tokens of a sequence',
    by: 'context',
    value: ({ seconds, tokens }) => (seconds > 0 ? (1000 * seconds) / tokens : undefined),
    digits: 2,
  },
  overhead: {
    title: 'time of coding to that of the bare runtime session, by most tokens of a sequence',
    by: 'context',
    value: ({ seconds, runtimeSeconds }) => (runtimeSeconds ? seconds / runtimeSeconds : undefined),
    digits: 3,
  },
} satisfies Record<string, TableForm>;

/** Names of the tables. */
export type TableName = keyof typeof TABLES;

/** Runs the command; answers the exit status. */
export async function benchLlmCommand(paths: readonly string[], options: BenchLlmOptions): Promise<number> {
  const models = modelsOf({ ...options, context: Math.max(...options.contexts) });
  const rows: Row[] = [];
  try {
    const names = paths.map((path) => basename(path));
    for (const [i, path] of paths.entries()) {
      const { files, failures } = await listInputs([path], options.recursive, (name) => !isLlmcName(name));
      if (failures.length > 0) throw failures[0].error;
      const name = names.indexOf(names[i]) === names.lastIndexOf(names[i]) ? names[i] : path;
      for await (const row of measure(name, files, models, options)) {
        rows.push(row);
        if (!options.quiet) printLine(`${row.input}  ${row.coder} ${row.context ?? ''}  ${row.bytes} bytes`);
      }
    }
  } finally {
    await models.close();
  }
  const form: TableForm = TABLES[options.table];
  process.stdout.write(`${form.title}; ${extent(rows, options)}\n\n${tableOf(rows, form)}\n`);
  if (options.csv !== undefined) await writeFile(options.csv, csvOf(rows));
  if (options.svg !== undefined) await writeFile(options.svg, chartOf(rows, form));
  return ExitStatus.ok;
}

/** Codes the samples of an argument's files by the codec's own coder and by every model. */
async function* measure(
  input: string,
  files: readonly InputFile[],
  models: ModelProvider,
  options: BenchLlmOptions,
): AsyncGenerator<Row> {
  const contents = await Promise.all(files.map(({ path }) => readInput(path)));
  const plain = contents.map((file) => sampleOf(file, options, options.tokens));
  if (plain.length === 0) throw new LlmcError('argument', `there is no file in ${input}`);
  const [{ codec, chunk }] = plain;
  // Text has no parts before a model gives it tokens.
  const parameters = chunk.parts[0]?.parameters ?? { codec: 'text', text: { tokens: chunk.tokens } };
  const own: Row = { input, coder: OWN_CODER[codec], arrangement: '', ...noFigures() };
  for (const sample of plain) addFigures(own, sample, sample.ownBytes, 0);
  yield own;
  for (const name of options.model) {
    const model = name === 'adaptive' ? undefined : await models.openNamed(name);
    if (model?.profile !== 'float') {
      const candidateOf = async () => {
        const [candidate] = await (await Candidates.open(models, name, [parameters])).of(parameters);
        return candidate;
      };
      const row: Row = { input, coder: (await candidateOf()).name, arrangement: '', ...noFigures() };
      for (const sample of plain) {
        // A candidate keeps what it has coded, by item; all samples are item 0.
        const candidate = await candidateOf();
        await code(row, sample, (planned) => candidate.encode([planned], false, options));
      }
      yield row;
      continue;
    }
    const { vocabulary } = model.coderOf(model.entry);
    const samples = vocabulary
      ? contents.map((file) => sampleOf(file, options, options.tokens, vocabulary))
      : plain;
    for (const context of options.contexts) yield await measureFloat(input, model, context, samples, options);
  }
}

async function measureFloat(
  input: string,
  model: FloatModel,
  context: number,
  samples: readonly Sample[],
  options: BenchLlmOptions,
): Promise<Row> {
  const { id, entry, vocabulary } = model;
  const lanes = model.lanesFor(context);
  const coder = model.coderOf({ ...entry, contextLength: context, lanes });
  const before = model.runtimeSeconds;
  const shape = { arrangement: String(entry.arrangement), vocabulary, context, lanes };
  const row: Row = { input, coder: id, ...shape, ...noFigures() };
  for (const sample of samples) {
    const { parts } = sample.chunk;
    await code(row, sample, () => coder.encode([kindOf(parts[0].latents).chunkOf(parts)], options));
  }
  return { ...row, runtimeSeconds: model.runtimeSeconds - before };
}

async function code(
  row: Row,
  sample: Sample,
  encode: (chunk: Sample['chunk']) => Promise<Uint8Array[]>,
): Promise<void> {
  const start = performance.now();
  const [payload] = await encode(sample.chunk);
  addFigures(row, sample, payload.length, (performance.now() - start) / 1000);
}

function noFigures() {
  return { tokens: 0, plainBits: 0, bytes: 0, seconds: 0 };
}

function addFigures(row: Row, { chunk, plainBits }: Sample, bytes: number, seconds: number): void {
  row.tokens += chunk.tokens;
  row.plainBits += plainBits;
  row.bytes += bytes;
  row.seconds += seconds;
}

/** How much was coded of the argument that had the most. */
function extent(rows: readonly Row[], { codec }: BenchLlmOptions): string {
  const most = (count: (row: Row) => number) => Math.max(...rows.map(count));
  return codec === 'text'
    ? `${most(({ plainBits }) => plainBits / 8)} bytes`
    : `${most(({ tokens }) => tokens)} tokens`;
}

/** The rows of one coder, which a line of the table shows. */
function byCoder(rows: readonly Row[], { by }: TableForm): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  const inputs = new Set(rows.map(({ input }) => input)).size;
  const contexts = new Set(rows.flatMap(({ context }) => context ?? [])).size;
  for (const row of rows) {
    const { coder, arrangement, input, context } = row;
    const rest = by === 'context' ? (inputs > 1 ? input : '') : contexts > 1 ? (context ?? '') : '';
    const name = [coder, arrangement, rest].filter((part) => part !== '').join(', ');
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return groups;
}

function tableOf(rows: readonly Row[], form: TableForm): string {
  const columns =
    form.by === 'input'
      ? [...new Set(rows.map(({ input }) => input))]
      : [...new Set(rows.flatMap(({ context }) => context ?? []))].sort((a, b) => a - b);
  const table = new Table({
    head: ['coder', 'vocabulary', 'lanes', ...columns.map(String)],
    chars: PLAIN_TABLE,
    style: { head: [], border: [] },
  });
  for (const [name, own] of byCoder(rows, form)) {
    const cells = columns.map((column) => {
      // What has no context is the same whatever that is.
      const row = own.find((one) => one[form.by] === column || (form.by === 'context' && !one.context));
      const value = row && form.value(row);
      return value === undefined ? '' : value.toFixed(form.digits);
    });
    if (cells.every((cell) => cell === '')) continue;
    table.push([name, own[0].vocabulary ?? '', own[0].lanes ?? '', ...cells]);
  }
  return table.toString();
}

function csvOf(rows: readonly Row[]): string {
  const head =
    'input,coder,arrangement,vocabulary,context,lanes,tokens,plain_bits,bytes,bits_per_token,ratio,seconds,runtime_seconds';
  const lines = rows.map((row) => {
    const { input, coder, arrangement, vocabulary, context, lanes, tokens, plainBits, bytes } = row;
    const { seconds, runtimeSeconds } = row;
    const facts = [input, coder, arrangement, vocabulary, context, lanes, tokens, plainBits, bytes];
    const ratio = plainBits / (8 * bytes);
    const rates = [bitsPerToken(row).toFixed(5), ratio.toFixed(4), seconds.toFixed(3)];
    return csvLine([...facts, ...rates, runtimeSeconds?.toFixed(3)]);
  });
  return `${[head, ...lines].join('\n')}\n`;
}

function chartOf(rows: readonly Row[], form: TableForm): string {
  const inputs = [...new Set(rows.map(({ input }) => input))];
  const contexts = rows.flatMap(({ context }) => context ?? []);
  const lines = [...byCoder(rows, form)].map(([name, own]) => ({
    name,
    points: own.flatMap((row) => {
      const value = form.value(row);
      if (value === undefined) return [];
      if (form.by === 'input') return [[inputs.indexOf(row.input), value] as const];
      const xs = row.context ? [row.context] : [...new Set([Math.min(...contexts), Math.max(...contexts)])];
      return xs.filter(Number.isFinite).map((x) => [x, value] as const);
    }),
  }));
  const [yLabel] = form.title.split(',');
  const shared = { title: form.title, yLabel, lines };
  if (form.by === 'input') return lineChart({ ...shared, xLabel: 'input', places: inputs });
  return lineChart({ ...shared, xLabel: 'tokens of a sequence', logarithmic: true });
}
