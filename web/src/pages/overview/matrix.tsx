import { useRouter } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type MouseEvent, memo, useLayoutEffect, useRef, useState } from 'react';
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

/**
 * Only the lines in sight are in the page, however many there are. Some dozen cells come into sight with each turn of
 * the wheel, so they are plain elements, and their links are taken by one listener.
 */
export function Matrix({ lines, columns }: MatrixProps) {
  const place = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(place.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({
    count: lines.length,
    estimateSize: () => lineHeight,
    overscan: 4,
    scrollMargin: top,
  });
  const grid = `minmax(140px, 1fr) repeat(${columns.length}, minmax(180px, 2fr))`;
  return (
    <div
      role="table"
      aria-label="Applications by environments"
      aria-rowcount={lines.length + 1}
      data-scrolling={virtual.isScrolling}
      className={classes.table}
      {...useLinks()}
    >
      <div
        role="row"
        aria-rowindex={1}
        className={classes.head}
        style={{ gridTemplateColumns: grid }}
      >
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
              <Row key={line.application} top={start - top} {...{ line, columns, grid, index }} />
            )
          );
        })}
      </div>
    </div>
  );
}

/** A plain press on a link stays in this page; with a key or another button the browser does what it always does. */
function useLinks() {
  const router = useRouter();
  const linkOf = ({ target }: MouseEvent): string | null =>
    (target instanceof Element && target.closest('a')?.getAttribute('href')) || null;
  return {
    onClick: (event: MouseEvent): void => {
      const to = linkOf(event);
      const { ctrlKey, metaKey, shiftKey, altKey, button } = event;
      if (to === null || ctrlKey || metaKey || shiftKey || altKey || button !== 0) return;
      event.preventDefault();
      void router.navigate({ to });
    },
    onMouseOver: (event: MouseEvent): void => {
      const to = linkOf(event);
      if (to !== null) router.preloadRoute({ to }).catch(() => undefined);
    },
  };
}

type RowProps = {
  readonly line: Line;
  readonly columns: readonly string[];
  readonly grid: string;
  readonly index: number;
  /** Pixels from the top of the list. */
  readonly top: number;
};

const Row = memo(function Row({ line, columns, grid, index, top }: RowProps) {
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={classes.line}
      style={{
        gridTemplateColumns: grid,
        height: lineHeight,
        transform: `translateY(${top}px)`,
      }}
    >
      <div role="rowheader" className={classes.cell}>
        <a href={`/applications/${line.application}`} className={classes.name}>
          {line.application}
        </a>
        <div className={classes.quiet}>{line.owner}</div>
      </div>
      {columns.map((name) => (
        <Cell key={name} row={line.cells.get(name)} />
      ))}
    </div>
  );
});

const Cell = memo(function Cell({ row }: { readonly row: StatusRow | undefined }) {
  if (!row) {
    return (
      <div role="cell" className={classes.cell}>
        <div className={classes.quiet}>–</div>
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
          <span className="tg-mono" title={`Release ${stable}, commit ${stableCommit}`}>
            {shortOf(stable)} {stableCommit && shortOf(stableCommit)}
          </span>
        ) : (
          <span>no version yet</span>
        )}
        {endpoints.length > 0 && (
          <span className="tg-number">
            {healthy}/{endpoints.length} targets
          </span>
        )}
      </div>
      {isMoving ? (
        <a href={`/rollouts/${rollout.id}`} className={classes.rollout}>
          <WeightBar
            weight={rollout.weight}
            isMoving={state === 'rollingOut'}
            label={`${rollout.release} in ${row.environment}: ${rollout.weight} %`}
          />
          <span className="tg-clip" title={because}>
            {rollout.weight} % {shortOf(rollout.release)}: {because}
          </span>
        </a>
      ) : (
        <div className={classes.quiet} title={because}>
          {because}
        </div>
      )}
    </div>
  );
});
