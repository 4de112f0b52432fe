/** What the results of a run say: by section of the specification, as JSON, as JUnit XML. */

import type { Builder } from 'junit-report-builder';
import type { VectorResult } from './run.js';

/** Vectors that exercise a section of the specification. */
export interface SectionCount {
  readonly section: string;
  readonly passed: number;
  readonly failed: number;
}

/** Counts by section, in the order of their names. */
export function countBySection(results: readonly VectorResult[]): SectionCount[] {
  const counts = new Map<string, { passed: number; failed: number }>();
  for (const { vector, faults } of results) {
    for (const section of vector.spec) {
      const count = counts.get(section) ?? { passed: 0, failed: 0 };
      if (faults.length === 0) count.passed++;
      else count.failed++;
      counts.set(section, count);
    }
  }
  const collator = new Intl.Collator('en', { numeric: true });
  return [...counts]
    .map(([section, count]) => ({ section, ...count }))
    .sort((a, b) => collator.compare(a.section, b.section));
}

/** The results for `--json`. */
export function resultsToJson(results: readonly VectorResult[]): Record<string, unknown> {
  const failed = results.filter(({ faults }) => faults.length > 0).length;
  return {
    passed: results.length - failed,
    failed,
    sections: countBySection(results),
    vectors: results.map(({ vector, faults, seconds }) => ({
      name: vector.name,
      passed: faults.length === 0,
      seconds: Number(seconds.toFixed(3)),
      ...(faults.length > 0 ? { faults } : {}),
    })),
  };
}

/** Writes the results as JUnit XML, a test suite for each group and subject. */
export async function writeJunit(results: readonly VectorResult[], path: string): Promise<void> {
  // Loading it would take a third of the time that every command needs to start.
  const { default: junit } = await import('junit-report-builder');
  // Its types describe an ES module, where Node is given a CommonJS one.
  const builder = (junit as unknown as Builder).newBuilder();
  const suites = new Map<string, ReturnType<typeof builder.testSuite>>();
  for (const { vector, faults, seconds, stderr } of results) {
    const cut = vector.name.lastIndexOf('/');
    const suiteName = vector.name.slice(0, cut);
    const suite = suites.get(suiteName) ?? builder.testSuite().name(suiteName);
    suites.set(suiteName, suite);
    const test = suite
      .testCase()
      .className(suiteName)
      .name(vector.name.slice(cut + 1))
      .time(seconds);
    if (faults.length > 0) test.failure(faults.join('\n')).standardError(stderr);
  }
  builder.writeTo(path);
}
