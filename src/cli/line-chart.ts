/** Line charts as SVG. */

/** A line of a chart: points in order. */
export interface ChartLine {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What a chart shows. */
export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly ChartLine[];
  /** Names of the places 0, 1, 2 ... on the x axis, where these are no numbers. */
  readonly places?: readonly string[];
  /** Whether x is drawn by its logarithm. */
  readonly logarithmic?: boolean;
}

const WIDTH = 720;
const HEIGHT = 420;
const PLOT = { left: 64, right: 488, top: 40, bottom: 364 };
/** Okabe and Ito's colours, which people with colour blindness tell apart. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#8b8000'];

/** A chart as an SVG document. Lines without points are left out; y begins at 0 unless all of it lies far above. */
export function lineChart(chart: Chart): string {
  const { title, xLabel, yLabel, places, logarithmic = false } = chart;
  const lines = chart.lines.filter(({ points }) => points.length > 0);
  const along = (x: number) => (logarithmic ? Math.log2(x) : x);
  const xs = lines.flatMap(({ points }) => points.map(([x]) => along(x)));
  const ys = lines.flatMap(({ points }) => points.map(([, y]) => y));
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const yTicks = ticks(low > 0.7 * high ? low : Math.min(0, low), high);
  const toX = scale(Math.min(...xs), Math.max(...xs), PLOT.left, PLOT.right);
  const toY = scale(yTicks[0], yTicks[yTicks.length - 1], PLOT.bottom, PLOT.top);
  const xTicks = places
    ? places.map((name, i): [number, string] => [i, name])
    : logarithmic
      ? [...new Set(lines.flatMap(({ points }) => points.map(([x]) => x)))].map((x): [number, string] => [
          along(x),
          String(x),
        ])
      : ticks(Math.min(...xs), Math.max(...xs))
          .filter((x) => x >= Math.min(...xs) && x <= Math.max(...xs))
          .map((x): [number, string] => [x, formatTick(x)]);
  const grid = [
    ...yTicks.flatMap((y) => [
      `<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${toY(y)}" y2="${toY(y)}"/>`,
      text(PLOT.left - 8, toY(y) + 4, formatTick(y), 'end'),
    ]),
    ...xTicks.map(([x, name]) => text(toX(x), PLOT.bottom + 20, name, 'middle')),
  ];
  const drawn = lines.flatMap(({ name, points }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const places = points.map(([x, y]) => [toX(along(x)), toY(y)]);
    const y = PLOT.top + 10 + 22 * i;
    return [
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${places.map((p) => p.join()).join(' ')}"/>`,
      ...places.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3" fill="${colour}"/>`),
      `<line x1="500" x2="520" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="2"/>`,
      text(526, y + 4, name, 'start'),
    ];
  });
  const middle = (PLOT.top + PLOT.bottom) / 2;
  return [
    svgStart(HEIGHT, 'font-family="sans-serif" font-size="12"'),
    '<style>.grid { stroke: #ddd }</style>',
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    text(PLOT.left, 22, title, 'start'),
    text((PLOT.left + PLOT.right) / 2, HEIGHT - 12, xLabel, 'middle'),
    `<g transform="rotate(-90 18 ${middle})">${text(18, middle, yLabel, 'middle')}</g>`,
    ...grid,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

/** Charts as one SVG document, one below the other. */
export function stackedCharts(charts: readonly string[]): string {
  const placed = charts.map((chart, i) =>
    chart.replace('<svg ', `<svg y="${i * HEIGHT}" width="${WIDTH}" height="${HEIGHT}" `),
  );
  return `${svgStart(charts.length * HEIGHT)}\n${placed.join('')}</svg>\n`;
}

function svgStart(height: number, attributes = ''): string {
  const start = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}"`;
  return `${start}${attributes && ` ${attributes}`}>`;
}

/** From one range to another, rounded to what an image needs; a range of nothing goes to the middle. */
function scale(from: number, to: number, low: number, high: number): (value: number) => number {
  return (value) => {
    const part = to > from ? (value - from) / (to - from) : 0.5;
    return Math.round(10 * (low + part * (high - low))) / 10;
  };
}

/** Round numbers at equal distances, the first not above `low` and the last not below `high`. */
function ticks(low: number, high: number): number[] {
  const span = high > low ? high - low : Math.abs(high) || 1;
  const power = 10 ** Math.floor(Math.log10(span / 5));
  const step = power * ([1, 2, 5].find((factor) => span / (factor * power) <= 6) ?? 10);
  const first = Math.floor(low / step);
  const count = Math.max(1, Math.ceil(high / step) - first);
  return Array.from({ length: count + 1 }, (_, i) => (first + i) * step);
}

function formatTick(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): string {
  const escaped = content.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${escaped}</text>`;
}
