import {
  Group,
  Paper,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import { useMemo, useState } from 'react';
import type { RolloutView } from '../../../../src/contract/api/rollouts.ts';
import type { Traffic, TrafficMark } from '../../../../src/contract/api/traffic.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { shortOf } from '../../parts/short-id.tsx';
import { type ChartMark, TimeChart } from '../../parts/time-chart.tsx';
import { chartOf, type Figure, formats, type Line, newest, type Role } from './series.ts';
import { useTraffic } from './traffic.ts';

type ChartsProps = { readonly rollout: RolloutView };

const latencies = ['p50', 'p95', 'p99'] as const;
const isLatency = (text: string): text is (typeof latencies)[number] =>
  latencies.some((one) => one === text);

/** What each version serves, live, on one time axis, with what was decided when. */
export function Charts({ rollout }: ChartsProps) {
  const [target, setTarget] = useState<string | null>(null);
  const [latency, setLatency] = useState<Figure>('p95');
  const { traffic, error } = useTraffic(rollout.id, target ?? undefined);
  return (
    <Stack gap="xs" component="section" aria-label="Traffic">
      <Group justify="space-between">
        <Title order={2} size="h4">
          Traffic
        </Title>
        <Group gap="sm">
          <Select
            aria-label="Target"
            placeholder="all targets"
            clearable
            size="xs"
            data={rollout.targets.map(({ name }) => name)}
            value={target}
            onChange={setTarget}
          />
          <SegmentedControl
            aria-label="Latency"
            size="xs"
            data={[...latencies]}
            value={latency}
            onChange={(value) => isLatency(value) && setLatency(value)}
          />
        </Group>
      </Group>
      {error !== null && <ProblemAlert error={error} />}
      {traffic && traffic.points.length === 0 && (
        <Text size="sm">No target has reported traffic of this rollout yet.</Text>
      )}
      {traffic && traffic.points.length > 0 && (
        <>
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm">
            <Panel title="Share of traffic" figure="weight" traffic={traffic} atLeast={100} />
            <Panel title="Requests" figure="rps" traffic={traffic} />
            <Panel title="Errors" figure="errorRate" traffic={traffic} atLeast={0.001} />
            <Panel title={`Latency, ${latency}`} figure={latency} traffic={traffic} />
          </SimpleGrid>
          <Marks marks={traffic.marks} />
        </>
      )}
    </Stack>
  );
}

type PanelProps = {
  readonly title: string;
  readonly figure: Figure;
  readonly traffic: Traffic;
  readonly atLeast?: number;
};

const looks: {
  readonly [R in Role]: { readonly colour: string; readonly dash: readonly number[] };
} = {
  candidate: { colour: '--tg-moving', dash: [] },
  stable: { colour: '--tg-quiet', dash: [6, 4] },
  baseline: { colour: '--tg-waiting', dash: [2, 3] },
};

function Panel({ title, figure, traffic, atLeast }: PanelProps) {
  const chart = useMemo(() => chartOf(traffic, figure), [traffic, figure]);
  const marks = useMemo(() => traffic.marks.map(markOf), [traffic.marks]);
  const format = formats[figure];
  const lines = useMemo(
    () =>
      chart.lines.map((line) => ({
        label: `${line.release} (${line.role})`,
        ...looks[line.role],
        values: line.values,
      })),
    [chart],
  );
  const now = chart.lines.map((line) => {
    const value = newest(line);
    return `${line.role} ${value === null ? 'no data' : format(value)}`;
  });
  return (
    <Paper withBorder p="xs">
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="sm" fw={600}>
          {title}
        </Text>
        <Group gap="sm" wrap="nowrap">
          {chart.lines.map((line) => (
            <Legend key={line.release} line={line} format={format} />
          ))}
        </Group>
      </Group>
      <TimeChart
        label={`${title} over time; now: ${now.join(', ')}`}
        times={chart.times}
        lines={lines}
        marks={marks}
        format={format}
        sync="rollout"
        {...(atLeast === undefined ? {} : { atLeast })}
      />
    </Paper>
  );
}

type LegendProps = { readonly line: Line; readonly format: (value: number) => string };

function Legend({ line, format }: LegendProps) {
  const value = newest(line);
  const { colour, dash } = looks[line.role];
  return (
    <Group gap={4} wrap="nowrap">
      <svg width="22" height="8" aria-hidden="true">
        <line
          x1="0"
          y1="4"
          x2="22"
          y2="4"
          stroke={`var(${colour})`}
          strokeWidth="2"
          strokeDasharray={dash.join(' ')}
        />
      </svg>
      <Text size="xs" className="tg-number" title={line.release}>
        {line.role} {value === null ? '–' : format(value)}
      </Text>
    </Group>
  );
}

const markOf = ({ at, label, type }: TrafficMark): ChartMark => ({
  at: Date.parse(at) / 1000,
  label,
  tone: /fail|abort|rolling|rolled|trafficBack|reverted/i.test(type) ? '--tg-bad' : '--tg-waiting',
});

/** The dotted lines in words, for those who do not see them. */
function Marks({ marks }: { readonly marks: readonly TrafficMark[] }) {
  return (
    <Group gap="xs" component="ol" p={0} m={0} style={{ listStyle: 'none' }}>
      {marks.slice(-8).map((mark) => (
        <Text key={mark.id} size="xs" component="li" title={mark.because}>
          <time dateTime={mark.at} className="tg-number">
            {new Date(mark.at).toLocaleTimeString()}
          </time>{' '}
          {mark.label}
        </Text>
      ))}
    </Group>
  );
}

export const releaseWords = (release: string | null): string =>
  release === null ? 'nothing' : shortOf(release);
