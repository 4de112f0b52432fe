/** How the commands draw tables and write CSV. */

/** Characters of a table without lines, for cli-table3. */
export const PLAIN_TABLE = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left']
    .concat(['left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'])
    .map((name) => [name, '']),
);

/** A line of CSV, without its end. */
export function csvLine(cells: readonly (string | number | undefined)[]): string {
  const escaped = cells.map((cell = '') => {
    const text = String(cell);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return escaped.join(',');
}
