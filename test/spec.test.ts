/** The pages of the specification: what refers to them, and what they refer to, exists. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = readdirSync(join(root, 'spec')).filter((name) => name.endsWith('.md'));
const CODE = ['src', 'fixtures', 'training', 'wasm', 'conformance'].filter((folder) =>
  existsSync(join(root, folder)),
);

/** As `spec/page.md`, `spec/page.md, "Title" and "Title"`, `spec/page.md, 3.1` and `spec/page.md, sections 2 to 6`. */
const REFERENCE =
  /spec\/([\w-]+\.md)(?:, (?:("[^"]+"(?:(?:,| and) "[^"]+")*)|(?:sections? )?(\d+(?:\.\d+)*)(?: to (\d+))?))?/g;

function textOf(name: string): string {
  return readFileSync(join(root, name), 'utf8');
}

/** The headings of a page without their marks, as `3 Schedule`. */
function headingsOf(page: string): string[] {
  return [...textOf(join('spec', page)).matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title.replaceAll('`', ''),
  );
}

/** What GitHub calls a heading in a link. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

describe('the specification', () => {
  it('has each page in its list', () => {
    const unlisted = pages.filter(
      (page) => page !== 'README.md' && !textOf('spec/README.md').includes(`(${page})`),
    );
    expect(unlisted).toEqual([]);
  });

  it('links to pages and sections that exist', () => {
    const broken = pages.flatMap((page) =>
      [...textOf(join('spec', page)).matchAll(/\]\(([\w./-]*)(?:#([^)]*))?\)/g)]
        .filter(([, target, anchor]) => {
          const linked = target || page;
          if (!existsSync(join(root, 'spec', linked))) return true;
          return anchor !== undefined && !headingsOf(linked).some((heading) => anchorOf(heading) === anchor);
        })
        .map(([link]) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('has every section that code refers to', () => {
    const files = CODE.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true })
        .map((name) => join(folder, String(name)))
        .filter((name) => /\.(ts|py|c|md)$/.test(name)),
    );
    const broken = files.flatMap((file) => {
      // A reference may go on in the next line of its comment.
      const text = textOf(file).replace(/\n\s*(?:\*|#|\/\/)?\s*/g, ' ');
      return [...text.matchAll(REFERENCE)]
        .filter(([, page, quoted, first, last]) => {
          if (!pages.includes(page)) return true;
          const headings = headingsOf(page);
          const titles = headings.map((heading) => heading.replace(/^[\d.]+ (?=[A-Z])/, ''));
          const sought = [...(quoted ?? '').matchAll(/"([^"]+)"/g)].map(([, title]) =>
            title.replaceAll('`', ''),
          );
          const numbers = [first, last].filter((number) => number !== undefined);
          return (
            sought.some((title) => !titles.includes(title)) ||
            numbers.some((number) => !headings.some((heading) => heading.startsWith(`${number} `)))
          );
        })
        .map(([reference]) => `${file}: ${reference}`);
    });
    expect(broken).toEqual([]);
  });
});
