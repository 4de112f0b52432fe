/** The figures of `llmc bench rd` as a table, mean changes of rate, CSV and charts. */

import Table from 'cli-table3';
import { lineChart, stackedCharts } from './line-chart.js';
import { deltaRate, type RatePoint } from './rate-distortion.js';
import type { Measure, Medium, Score, Subject } from './rd-medium.js';
import { csvLine, PLAIN_TABLE } from './tables.js';

/** A format at a setting, over all files. */
interface Row {
  readonly format: string;
  readonly setting: number | undefined;
  readonly bytes: number;
  /** Bits a pixel or second. */
  readonly rate: number;
  /** Of plain samples to this. */
  readonly ratio: number;
  /** Of this to the same latents by the codec's own coder; undefined of other latents. */
  readonly left: number | undefined;
  /** Means over the files that have the score. */
  readonly scores: readonly number[];
}

/** All figures of files of a medium. */
export class Figures {
  readonly #medium: Medium;
  readonly #rows: readonly Row[];
  readonly #unscored: readonly string[];

  /** @param subjects At least one, all with the same formats and settings. */
  constructor(medium: Medium, subjects: readonly Subject[]) {
    this.#medium = medium;
    this.#rows = rowsOf(medium, subjects);
    this.#unscored = medium.scores.flatMap(({ name }, i) => {
      const without = subjects.filter(({ measures }) =>
        measures.some(({ scores }) => Number.isNaN(scores[i])),
      );
      const some = without.length > 0 && without.length < subjects.length;
      return some
        ? [`${name}: ${without.length} of ${subjects.length} files are too small, short or silent for it.`]
        : [];
    });
  }

  /** For the terminal. */
  text(): string {
    const { anchor } = this.#medium;
    const { unit, setting, plain } = this.#medium;
    const scores = this.#scores();
    const head = ['format', setting, 'bytes', `bits/${unit}`, `${plain} ratio`, `of ${anchor.format}`];
    const table = plainTable([...head, ...scores.map(([{ name }]) => name)]);
    for (const row of this.#rows) {
      table.push([...cells(row), ...scores.map(([score, i]) => scoreCell(score, row.scores[i]))]);
    }
    const changes = plainTable([
      'format',
      ...scores.map(([{ name }]) => `at the same ${name.split(' ')[0]}`),
    ]);
    for (const format of this.#formats().filter((name) => name !== anchor.format)) {
      changes.push([format, ...scores.map((score) => this.#change(format, score))]);
    }
    const title = `Mean change of rate, against ${anchor.name}:`;
    const below = scores.length > 0 ? [title, changes.toString()] : [];
    return [table.toString(), ...this.#unscored, '', ...below, ''].join('\n');
  }

  /** All rows. */
  csv(): string {
    const { unit, setting, scores } = this.#medium;
    const head = ['format', setting, 'bytes', `bits_per_${unit}`, 'ratio', 'of_own_coder'];
    const lines = this.#rows.map((row) => {
      const values = scores.map((score, i) => scoreCell(score, row.scores[i]));
      return csvLine([...cells(row), ...values]);
    });
    return `${[[...head, ...scores.map(({ column }) => column)].join(','), ...lines].join('\n')}\n`;
  }

  /** A chart a score, one below the other. */
  svg(): string {
    const charts = this.#scores().map(([{ name }, i]) =>
      lineChart({
        title: 'rate and distortion',
        xLabel: `bits/${this.#medium.unit}`,
        yLabel: name,
        lines: this.#formats().map((format) => ({
          name: format,
          points: this.#rowsOf(format)
            .filter(({ scores }) => Number.isFinite(scores[i]))
            .map(({ rate, scores }) => [rate, scores[i]] as const),
        })),
      }),
    );
    return stackedCharts(charts);
  }

  /** The scores that there are, with their places. */
  #scores(): [Score, number][] {
    const all = this.#medium.scores.map((score, i): [Score, number] => [score, i]);
    return all.filter(([, i]) => this.#rows.some(({ scores }) => !Number.isNaN(scores[i])));
  }

  #formats(): string[] {
    return [...new Set(this.#rows.map(({ format }) => format))];
  }

  #rowsOf(format: string): Row[] {
    return this.#rows.filter((row) => row.format === format);
  }

  #change(format: string, [score, i]: [Score, number]): string {
    const scale = score.scale ?? ((value: number) => value);
    const curveOf = (name: string): RatePoint[] =>
      this.#rowsOf(name)
        .map(({ rate, scores }) => ({ rate, quality: scale(scores[i]) }))
        .filter(({ quality }) => Number.isFinite(quality));
    const change = deltaRate(curveOf(this.#medium.anchor.format), curveOf(format));
    return change === undefined ? 'none in common' : `${(100 * change).toFixed(2)} %`;
  }
}

function rowsOf({ anchor, sameLatents }: Medium, subjects: readonly Subject[]): Row[] {
  const extent = sum(subjects.map((subject) => subject.extent));
  const plainBits = sum(subjects.map((subject) => subject.plainBits));
  const groups = new Map<string, Measure[]>();
  for (const measure of subjects.flatMap(({ measures }) => measures)) {
    const key = `${measure.format} ${measure.setting}`;
    groups.set(key, [...(groups.get(key) ?? []), measure]);
  }
  const bytesOf = (measures: readonly Measure[] = []) => sum(measures.map(({ bytes }) => bytes));
  const rows = [...groups.values()].map((measures): Row => {
    const [{ format, setting, scores }] = measures;
    const bytes = bytesOf(measures);
    const own = bytesOf(groups.get(`${anchor.format} ${setting}`));
    return {
      format,
      setting,
      bytes,
      rate: (8 * bytes) / extent,
      ratio: plainBits / (8 * bytes),
      left: sameLatents.includes(format) ? bytes / own : undefined,
      scores: scores.map((_, i) => mean(measures.map((measure) => measure.scores[i]))),
    };
  });
  return rows.sort((a, b) => a.format.localeCompare(b.format) || (a.setting ?? 0) - (b.setting ?? 0));
}

function cells({ format, setting, bytes, rate, ratio, left }: Row): (string | number)[] {
  const shown = rate < 100 ? rate.toFixed(4) : rate.toFixed(1);
  return [format, setting ?? '', bytes, shown, ratio.toFixed(2), left?.toFixed(4) ?? ''];
}

function scoreCell({ digits }: Score, value: number): string {
  return Number.isNaN(value) ? '' : value.toFixed(digits);
}

function plainTable(head: string[]) {
  return new Table({ head, chars: PLAIN_TABLE, style: { head: [], compact: true } });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Of the values that are numbers; NaN where there is none. */
function mean(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return sum(known) / known.length;
}
