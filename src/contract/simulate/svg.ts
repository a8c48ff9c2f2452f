import { escapedXml } from '../../platform/text/xml.ts';
import { percent, type Series } from './series.ts';

const [plotWidth, plotHeight, left, top, gap] = [300, 170, 64, 56, 92] as const;
const panelWidth = left + plotWidth + 28;
const panelHeight = top + plotHeight + gap;

/**
 * Chance to be caught and requests exposed over the size of the harm, as one SVG document that needs nothing beside it.
 * Lines take the colour of the page's text, in light and dark; every point has its figures as words.
 */
export function simulationSvg(series: readonly Series[], about: string): string {
  const width = panelWidth * 2;
  const height = 40 + panelHeight * Math.max(1, series.length);
  const panels = series.flatMap((one, row) => [
    panel(caughtPlot(one), 0, 40 + row * panelHeight),
    panel(exposedPlot(one), panelWidth, 40 + row * panelHeight),
  ]);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" class="tg-simulation" role="img" aria-labelledby="tg-sim-title tg-sim-desc">
<title id="tg-sim-title">${escapedXml(about)}</title>
<desc id="tg-sim-desc">${escapedXml(describe(series))}</desc>
<style>${style}</style>
<rect width="${width}" height="${height}" class="paper"/>
<text x="${left}" y="26" class="title">${escapedXml(about)}</text>
${panels.join('\n')}
</svg>
`;
}

const style = [
  '.tg-simulation{color:#1c1e21;background:#fff}',
  '.tg-simulation text{font:12px ui-sans-serif,system-ui,sans-serif;fill:currentColor}',
  '.tg-simulation .title{font-size:14px;font-weight:600}',
  '.tg-simulation .head{font-weight:600}',
  '.tg-simulation .paper{fill:#fff}',
  '.tg-simulation .axis{stroke:currentColor;stroke-width:1;fill:none}',
  '.tg-simulation .grid{stroke:currentColor;stroke-opacity:.18}',
  '.tg-simulation .line{stroke:#1864ab;stroke-width:2;fill:none}',
  '.tg-simulation .band{fill:#1864ab;fill-opacity:.16}',
  '.tg-simulation .dot{fill:#1864ab}',
  '@media(prefers-color-scheme:dark){.tg-simulation{color:#e9ecef;background:#16181b}',
  '.tg-simulation .paper{fill:#16181b}.tg-simulation .line{stroke:#74c0fc}',
  '.tg-simulation .band,.tg-simulation .dot{fill:#74c0fc}}',
].join('');

type Point = {
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly words: string;
};
type Plot = {
  readonly head: string;
  readonly axis: string;
  readonly most: number;
  readonly tick: (value: number) => string;
  readonly points: readonly Point[];
};

const caughtPlot = ({ points, axis }: Series): Plot => ({
  head: 'chance to be caught (95 % interval)',
  axis,
  most: 1,
  tick: percent,
  points: points.map(({ label, of: { caught, runs } }) => ({
    label,
    value: caught.share,
    low: caught.low,
    high: caught.high,
    words: `${label}: ${percent(caught.share)} of ${runs} runs (${percent(caught.low)} to ${percent(caught.high)})`,
  })),
});

function exposedPlot({ points, axis }: Series): Plot {
  const most = roundUp(Math.max(1, ...points.map(({ of }) => of.exposed)));
  return {
    head: 'requests exposed to the candidate (mean)',
    axis,
    most,
    tick: (value) => String(Number(value.toPrecision(3))),
    points: points.map(({ label, of: { exposed } }) => ({
      label,
      value: exposed,
      low: exposed,
      high: exposed,
      words: `${label}: ${Math.round(exposed)} requests`,
    })),
  };
}

/** Up to 1, 2, 2.5, 4 or 5 times a power of ten, so that a quarter of it is a round number too. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 4, 5, 8, 10].find((one) => one * power >= value) ?? 10);
}

function panel({ head, axis, most, tick, points }: Plot, x: number, y: number): string {
  const at = (index: number): number =>
    round(left + (points.length < 2 ? 0.5 : index / (points.length - 1)) * plotWidth);
  const up = (value: number): number => round(top + plotHeight * (1 - value / most));
  const rows = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const line = up(part * most);
    return `<path d="M${left} ${line}h${plotWidth}" class="grid"/><text x="${left - 8}" y="${line + 4}" text-anchor="end">${tick(part * most)}</text>`;
  });
  const labels = points.map(
    ({ label }, index) =>
      `<text x="${at(index)}" y="${top + plotHeight + 18}" text-anchor="middle">${escapedXml(label)}</text>`,
  );
  const path = (of: (point: Point) => number) =>
    points.map((point, index) => `${at(index)} ${up(of(point))}`);
  const band = [...path(({ high }) => high), ...path(({ low }) => low).reverse()];
  const dots = points.map(
    ({ value, words }, index) =>
      `<circle cx="${at(index)}" cy="${up(value)}" r="3.5" class="dot"><title>${escapedXml(words)}</title></circle>`,
  );
  return `<g transform="translate(${x} ${y})"><text x="${left}" y="${top - 24}" class="head">${head}</text>
${rows.join('\n')}
<path d="M${left} ${top}v${plotHeight}h${plotWidth}" class="axis"/>
${labels.join('\n')}
<text x="${left + plotWidth / 2}" y="${top + plotHeight + 42}" text-anchor="middle">${escapedXml(axis)}</text>
<path d="M${band.join('L')}z" class="band"/>
<path d="M${path(({ value }) => value).join('L')}" class="line"/>
${dots.join('\n')}</g>`;
}

function describe(series: readonly Series[]): string {
  const sentences = series.map(
    ({ axis, points }) =>
      `By ${axis}: ${points
        .map(
          ({ label, of }) =>
            `${label}, caught ${percent(of.caught.share)}, ${Math.round(of.exposed)} requests exposed`,
        )
        .join('; ')}.`,
  );
  return sentences.join(' ');
}

const round = (value: number): number => Math.round(value * 10) / 10;
