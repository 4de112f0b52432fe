/** The rules of the source tree that a compiler does not check. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../src', import.meta.url));
const files = readdirSync(source, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.ts'));

/** Lowest first; each layer imports only from itself and from those before it. */
const LAYERS = [
  'container',
  'entropy',
  'lm',
  'arrangement',
  'codecs',
  'pipeline',
  'api.ts',
  'browser.ts',
  'index.ts',
  'conformance',
  'cli',
];

function layerOf(name: string): number {
  const layer = LAYERS.indexOf(name.split('/')[0].replace(/\.js$/, '.ts'));
  if (layer < 0) throw new Error(`${name} lies in no layer`);
  return layer;
}

function importsOf(name: string): string[] {
  const text = readFileSync(join(source, name), 'utf8');
  return [...text.matchAll(/(?:from|import)\s+'([^']+)'/g)].map((match) => match[1]);
}

describe('the source tree', () => {
  it('imports only downward', () => {
    const upward = files.flatMap((name) =>
      importsOf(name)
        .filter((specifier) => specifier.startsWith('.'))
        .filter(
          (specifier) => layerOf(relative(source, resolve(source, name, '..', specifier))) > layerOf(name),
        )
        .map((specifier) => `${name} imports ${specifier}`),
    );
    expect(upward).toEqual([]);
  });

  it('uses Node only where names say so', () => {
    const mayUseNode = (name: string) =>
      name.startsWith('cli/') ||
      name.startsWith('conformance/') ||
      name === 'index.ts' ||
      name.endsWith('-node.ts');
    const offenders = files
      .filter((name) => !mayUseNode(name))
      .flatMap((name) => importsOf(name).map((specifier) => `${name} imports ${specifier}`))
      .filter((line) => /imports (node:|onnxruntime-node|.*-node\.js$)/.test(line));
    expect(offenders).toEqual([]);
  });

  it('documents every export', () => {
    const exported =
      /^export (?:declare )?(?:async )?(?:abstract )?(?:function\*?|class|interface|type|const|enum) (\w+)/gm;
    const bare = files.flatMap((name) => {
      const text = readFileSync(join(source, name), 'utf8');
      return [...text.matchAll(exported)]
        .filter((match) => !text.slice(0, match.index).trimEnd().endsWith('*/'))
        .map((match) => `${name}: ${match[1]}`);
    });
    expect(bare).toEqual([]);
  });

  it('begins every file by saying what it is', () => {
    const silent = files.filter((name) => {
      const text = readFileSync(join(source, name), 'utf8').replace(/^#!.*\n/, '');
      return !text.startsWith('/**');
    });
    expect(silent).toEqual([]);
  });
});
