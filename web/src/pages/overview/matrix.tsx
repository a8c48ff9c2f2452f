import { Anchor, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { memo, useLayoutEffect, useRef, useState } from 'react';
import type { StatusRow } from '../../../../src/contract/api/status.ts';
import { shortOf } from '../../parts/short-id.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { WeightBar } from '../../parts/weight-bar.tsx';
import { When } from '../../parts/when.tsx';
import type { Line } from './choose.ts';
import classes from './matrix.module.css';

type MatrixProps = { readonly lines: readonly Line[]; readonly columns: readonly string[] };

/** Pixels; every line is as high as the others, so that nothing jumps while one reads. */
const lineHeight = 84;

/** Only the lines in sight are in the page, however many there are. */
export function Matrix({ lines, columns }: MatrixProps) {
  const place = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(place.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({
    count: lines.length,
    estimateSize: () => lineHeight,
    overscan: 6,
    scrollMargin: top,
  });
  const template = {
    gridTemplateColumns: `minmax(140px, 1fr) repeat(${columns.length}, minmax(180px, 2fr))`,
  };
  return (
    <div role="table" aria-label="Applications by environments" aria-rowcount={lines.length + 1}>
      <div role="row" aria-rowindex={1} className={classes.head} style={template}>
        <div role="columnheader">Application</div>
        {columns.map((name) => (
          <div role="columnheader" key={name}>
            {name}
          </div>
        ))}
      </div>
      <div
        ref={place}
        role="rowgroup"
        style={{ height: virtual.getTotalSize(), position: 'relative' }}
      >
        {virtual.getVirtualItems().map(({ index, start }) => {
          const line = lines[index];
          return (
            line && (
              <div
                key={line.application}
                role="row"
                aria-rowindex={index + 2}
                className={classes.line}
                style={{
                  ...template,
                  height: lineHeight,
                  transform: `translateY(${start - top}px)`,
                }}
              >
                <Name line={line} />
                {columns.map((name) => (
                  <Cell key={name} row={line.cells.get(name)} />
                ))}
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

function Name({ line }: { readonly line: Line }) {
  return (
    <div role="rowheader" className={classes.cell}>
      <Anchor
        component={Link}
        to={`/applications/${line.application}`}
        fw={600}
        className="tg-clip"
      >
        {line.application}
      </Anchor>
      <Text size="xs" c="var(--tg-quiet)" className="tg-clip">
        {line.owner}
      </Text>
    </div>
  );
}

const Cell = memo(function Cell({ row }: { readonly row: StatusRow | undefined }) {
  if (!row) {
    return (
      <div role="cell" className={classes.cell}>
        <Text size="sm" c="var(--tg-quiet)">
          –
        </Text>
      </div>
    );
  }
  const { rollout, state, because, stable, stableCommit, endpoints } = row;
  const isMoving = rollout !== null && !rollout.terminal;
  const healthy = endpoints.filter(({ converged }) => converged).length;
  return (
    <div role="cell" className={classes.cell} data-cell={`${row.application}/${row.environment}`}>
      <div className={classes.first}>
        <StateBadge state={state} />
        {rollout && <When at={rollout.updatedAt} />}
      </div>
      <div className={classes.second}>
        {stable ? (
          <Text
            span
            size="xs"
            className="tg-mono"
            title={`Release ${stable}, commit ${stableCommit}`}
          >
            {shortOf(stable)} {stableCommit && shortOf(stableCommit)}
          </Text>
        ) : (
          <Text span size="xs">
            no version yet
          </Text>
        )}
        {endpoints.length > 0 && (
          <Text span size="xs" className="tg-number">
            {healthy}/{endpoints.length} targets
          </Text>
        )}
      </div>
      {isMoving ? (
        <Anchor
          component={Link}
          to={`/rollouts/${rollout.id}`}
          size="xs"
          className={classes.rollout}
        >
          <WeightBar
            weight={rollout.weight}
            isMoving={state === 'rollingOut'}
            label={`${rollout.release} in ${row.environment}: ${rollout.weight} %`}
          />
          <span className="tg-clip" title={because}>
            {rollout.weight} % {shortOf(rollout.release)}: {because}
          </span>
        </Anchor>
      ) : (
        <Text size="xs" c="var(--tg-quiet)" className="tg-clip" title={because}>
          {because}
        </Text>
      )}
    </div>
  );
});
