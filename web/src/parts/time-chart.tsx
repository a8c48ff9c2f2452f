import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useMergedRef, useResizeObserver } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import classes from './time-chart.module.css';

export type ChartLine = {
  readonly label: string;
  /** A colour of global.css. */
  readonly colour: string;
  /** Pixels drawn and left out in turn; none for a whole line. Lines are told apart by it too, not by colour alone. */
  readonly dash: readonly number[];
  readonly values: readonly (number | null)[];
};

export type ChartMark = { readonly at: number; readonly label: string; readonly tone: string };

type TimeChartProps = {
  readonly label: string;
  /** Seconds since the epoch. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly marks: readonly ChartMark[];
  readonly format: (value: number) => string;
  /** Charts of one name share their cursor. */
  readonly sync: string;
  readonly height?: number;
  /** The scale shows at least up to here. */
  readonly atLeast?: number;
};

/** A time series with marks, drawn by uPlot; new data are drawn into it without building it anew. */
export function TimeChart(props: TimeChartProps) {
  const { label, times, lines, marks, height = 130 } = props;
  const scheme = useComputedColorScheme('light');
  const [measure, { width }] = useResizeObserver<HTMLDivElement>();
  const box = useRef<HTMLDivElement>(null);
  const ref = useMergedRef(measure, box);
  const plot = useRef<uPlot | null>(null);
  const shown = useRef(marks);
  shown.current = marks;
  const shape = lines.map((one) => `${one.label} ${one.dash}`).join('|');
  const isWide = width > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: data and width are brought by the effects below.
  useEffect(() => {
    const place = box.current;
    if (!place || !isWide) return;
    const made = new uPlot(optionsOf(props, place, shown), dataOf(times, lines), place);
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [scheme, shape, isWide, height]);
  useEffect(() => plot.current?.setSize({ width, height }), [width, height]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new marks are drawn with the data.
  useEffect(() => plot.current?.setData(dataOf(times, lines)), [times, lines, marks]);
  return <div ref={ref} className={classes.chart} role="img" aria-label={label} />;
}

/** Seconds between two words of the time axis: whole ones, since points are seconds wide. */
const ticks = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800],
  ...[3_600, 7_200, 14_400, 28_800, 43_200, 86_400, 172_800, 604_800],
];

const dataOf = (times: readonly number[], lines: readonly ChartLine[]): uPlot.AlignedData => [
  [...times],
  ...lines.map(({ values }) => [...values]),
];

function optionsOf(
  { lines, format, sync, height = 130, atLeast }: TimeChartProps,
  place: HTMLElement,
  marks: { readonly current: readonly ChartMark[] },
): uPlot.Options {
  const colour = (name: string): string => resolved(place, name);
  const axis = { stroke: colour('--tg-quiet'), grid: { stroke: colour('--tg-line'), width: 1 } };
  return {
    width: place.clientWidth,
    height,
    legend: { show: false },
    cursor: { sync: { key: sync }, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      y: { range: (_plot, _least, most) => [0, Math.max(most ?? 0, atLeast ?? 0) * 1.05 || 1] },
    },
    axes: [
      { ...axis, size: 28, incrs: [...ticks] },
      { ...axis, size: 64, values: (_plot, splits) => splits.map(format) },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.label,
        stroke: colour(line.colour),
        width: 2,
        points: { show: false },
        spanGaps: true,
        dash: [...line.dash],
      })),
    ],
    hooks: { draw: [(plot) => drawMarks(plot, marks.current, colour)] },
  };
}

/** What a variable of the style sheet is now: a canvas knows no variables. */
function resolved(place: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  place.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function drawMarks(
  plot: uPlot,
  marks: readonly ChartMark[],
  colour: (name: string) => string,
): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  for (const { at, tone } of marks) {
    const x = plot.valToPos(at, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = colour(tone);
    ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
