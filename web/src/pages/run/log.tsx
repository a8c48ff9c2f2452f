import { Button, Group, Paper, Switch, Text, TextInput, Title } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { LogEntry } from '../../../../src/contract/api/run-logs.ts';
import { follow } from '../../api/stream.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { clockTime } from '../../parts/when.tsx';
import { addEntries, type Lines, type LogLine, noLines } from './lines.ts';
import classes from './log.module.css';

type LogProps = { readonly run: string; readonly step: string | undefined };

/** What the steps say, as they say it. It follows the end until the reader scrolls away. */
export function Log({ run, step }: LogProps) {
  const { lines, dropped, isOver, error } = useLog(run, step);
  const [search, setSearch] = useState('');
  const [isFollowing, setIsFollowing] = useState(true);
  const shown = useMemo(() => {
    const word = search.toLowerCase();
    return word === '' ? lines : lines.filter(({ text }) => text.toLowerCase().includes(word));
  }, [lines, search]);
  return (
    <Paper withBorder p="sm" component="section" aria-label="Log">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5">
          Log{step ? ` of ${step}` : ''}
        </Title>
        <Group gap="sm">
          <TextInput
            size="xs"
            placeholder="search"
            aria-label="Search the log"
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
          <Text size="xs" className="tg-number" role="status">
            {search ? `${shown.length} of ${lines.length} lines` : `${lines.length} lines`}
          </Text>
          <Switch
            size="xs"
            label="Follow"
            checked={isFollowing}
            onChange={(event) => setIsFollowing(event.currentTarget.checked)}
          />
          <Button
            size="compact-xs"
            variant="default"
            disabled={shown.length === 0}
            onClick={() => void navigator.clipboard.writeText(shown.map(lineText).join('\n'))}
          >
            Copy
          </Button>
        </Group>
      </Group>
      {error !== null && <ProblemAlert error={error} />}
      {dropped > 0 && (
        <Text size="xs">
          {dropped.toLocaleString()} earlier lines are left out; npx tidegate run logs has them.
        </Text>
      )}
      {shown.length === 0 ? (
        <Text size="sm">{emptyWords(search, isOver)}</Text>
      ) : (
        <Scroll
          lines={shown}
          search={search}
          hasSteps={step === undefined}
          {...{ isFollowing, setIsFollowing }}
        />
      )}
    </Paper>
  );
}

const emptyWords = (search: string, isOver: boolean): string => {
  if (search !== '') return 'No line has these words.';
  return isOver ? 'Nothing was said.' : 'Nothing was said yet.';
};

type Told = Pick<Lines, 'lines' | 'dropped'> & {
  readonly isOver: boolean;
  readonly error: unknown;
};

/** Lines come in bursts: they are shown once per frame, not once per message. */
function useLog(run: string, step: string | undefined): Told {
  const [told, setTold] = useState<{ lines: Lines; isOver: boolean; error: unknown }>({
    lines: noLines,
    isOver: false,
    error: null,
  });
  useEffect(() => {
    const ending = new AbortController();
    const waiting: LogEntry[] = [];
    let frame = 0;
    const flush = (): void => {
      frame = 0;
      const entries = waiting.splice(0);
      setTold((before) => ({ ...before, lines: addEntries(before.lines, entries) }));
    };
    void follow({
      path: `/runs/${run}/logs/stream`,
      query: { step },
      endsWith: 'end',
      signal: ending.signal,
      onState: (_state, error) => setTold((before) => ({ ...before, error })),
      onMessage: ({ event, data }) => {
        if (event === 'end') setTold((before) => ({ ...before, isOver: true }));
        if (event !== 'log') return;
        waiting.push(JSON.parse(data) as LogEntry);
        frame ||= requestAnimationFrame(flush);
      },
    });
    return () => {
      ending.abort();
      cancelAnimationFrame(frame);
    };
  }, [run, step]);
  const { lines, isOver, error } = told;
  return { lines: lines.lines, dropped: lines.dropped, isOver, error };
}

type ScrollProps = {
  readonly lines: readonly LogLine[];
  readonly search: string;
  readonly hasSteps: boolean;
  readonly isFollowing: boolean;
  readonly setIsFollowing: (follows: boolean) => void;
};

const lineHeight = 19;

function Scroll({ lines, search, hasSteps, isFollowing, setIsFollowing }: ScrollProps) {
  const place = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => place.current,
    estimateSize: () => lineHeight,
    overscan: 20,
  });
  useEffect(() => {
    if (isFollowing && lines.length > 0) virtual.scrollToIndex(lines.length - 1, { align: 'end' });
  }, [isFollowing, lines.length, virtual]);
  const look = (): void => {
    const { scrollTop = 0, scrollHeight = 0, clientHeight = 0 } = place.current ?? {};
    const isAtEnd = scrollHeight - scrollTop - clientHeight < 2 * lineHeight;
    if (isFollowing && !isAtEnd) setIsFollowing(false);
  };
  return (
    <div
      ref={place}
      className={classes.scroll}
      onScroll={look}
      tabIndex={0}
      role="log"
      aria-live="off"
    >
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const line = lines[index];
          return (
            line && (
              <div
                key={line.id}
                className={classes.line}
                data-stream={line.stream}
                style={{ transform: `translateY(${start}px)` }}
              >
                <span className={classes.when}>{clockTime(line.at)}</span>
                {hasSteps && <span className={classes.step}>{line.step}</span>}
                <Marked text={line.text} word={search} />
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

function Marked({ text, word }: { readonly text: string; readonly word: string }) {
  const at = word === '' ? -1 : text.toLowerCase().indexOf(word.toLowerCase());
  if (at < 0) return <span>{text}</span>;
  return (
    <span>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + word.length)}</mark>
      {text.slice(at + word.length)}
    </span>
  );
}

const lineText = ({ at, step, text }: LogLine): string => `${at} ${step} ${text}`;
