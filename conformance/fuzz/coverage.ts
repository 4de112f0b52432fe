/** How much of the code in `src/` the inputs have reached, by V8's block coverage of this process. */

import { Session } from 'node:inspector';

/** What V8 answers: each function's ranges of code, an inner one after the one that it lies in. */
interface ScriptCoverage {
  readonly scriptId: string;
  readonly url: string;
  readonly functions: readonly {
    readonly ranges: readonly {
      readonly startOffset: number;
      readonly endOffset: number;
      readonly count: number;
    }[];
  }[];
}

/** Longest script of `src/`, in characters. */
const SCRIPT_LENGTH = 2 ** 18;

/** The code that has been reached. Ranges of V8 come and go with their counts, so that characters are what is counted. */
export class Coverage {
  readonly #session = new Session();
  readonly #reached = new Set<number>();
  readonly #scripts = new Map<string, number>();
  readonly #painted = new Uint8Array(SCRIPT_LENGTH);

  constructor() {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Characters of code reached so far. */
  get characters(): number {
    return this.#reached.size;
  }

  /** Characters, by numbers, that were reached since the last call and are not known. */
  take(): number[] {
    const fresh: number[] = [];
    for (const script of this.#takeScripts()) if (script.url.includes('/src/')) this.#collect(script, fresh);
    return fresh;
  }

  /** Makes characters known. */
  add(characters: readonly number[]): void {
    for (const character of characters) this.#reached.add(character);
  }

  #takeScripts(): readonly ScriptCoverage[] {
    let scripts: readonly ScriptCoverage[] = [];
    // Messages to the session of one's own thread are answered before `post` returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error) throw error;
      scripts = answer.result;
    });
    return scripts;
  }

  #collect({ scriptId, functions }: ScriptCoverage, fresh: number[]): void {
    const number = this.#scripts.get(scriptId) ?? this.#scripts.size;
    this.#scripts.set(scriptId, number);
    const painted = this.#painted;
    let length = 0;
    for (const { ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) {
        painted.fill(count > 0 ? 1 : 0, startOffset, endOffset);
        length = Math.max(length, endOffset);
      }
    }
    for (let i = 0; i < length; i++) {
      const character = number * SCRIPT_LENGTH + i;
      if (painted[i] === 1 && !this.#reached.has(character)) fresh.push(character);
    }
    painted.fill(0, 0, length);
  }
}
