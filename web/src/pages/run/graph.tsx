import '@xyflow/react/dist/base.css';
import { Text } from '@mantine/core';
import {
  Background,
  Controls,
  type Edge,
  Handle,
  MarkerType,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from '@xyflow/react';
import { useMemo } from 'react';
import type { RunStepView, RunView } from '../../../../src/contract/api/runs.ts';
import { lookOf, StateBadge } from '../../parts/state-badge.tsx';
import classes from './graph.module.css';
import { linksOf, nodeSize, placesOf } from './layout.ts';

type GraphProps = {
  readonly graph: RunView['graph'];
  readonly chosen: string | undefined;
  readonly onChoose: (step: string | undefined) => void;
};
type StepNode = Node<{ step: RunStepView; isChosen: boolean }, 'step'>;

const nodeTypes = { step: StepBox };

/** The steps as they are now. It is laid out anew only when there are other steps. */
export function Graph({ graph, chosen, onChoose }: GraphProps) {
  const shape = graph.steps.map(({ name }) => name).join('|');
  // biome-ignore lint/correctness/useExhaustiveDependencies: states change all the time and places do not.
  const places = useMemo(() => placesOf(graph), [shape]);
  const nodes = useMemo(
    () =>
      graph.steps.map<StepNode>((step) => ({
        id: step.name,
        type: 'step',
        position: places.get(step.name) ?? { x: 0, y: 0 },
        data: { step, isChosen: step.name === chosen },
        ...nodeSize,
        draggable: false,
        connectable: false,
        ariaLabel: `${step.name}: ${lookOf(step.status).word}. ${step.because}`,
      })),
    [graph, places, chosen],
  );
  const edges = useMemo(
    () =>
      linksOf(graph).map<Edge>(({ from, to, label }) => ({
        id: `${from} ${to}`,
        source: from,
        target: to,
        label,
        focusable: false,
        className: classes.edge ?? '',
        markerEnd: { type: MarkerType.ArrowClosed },
      })),
    [graph],
  );
  const lowest = Math.max(...[...places.values()].map(({ y }) => y), 0);
  return (
    <div className={classes.graph} style={{ height: Math.min(480, Math.max(160, lowest + 120)) }}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        onNodeClick={(_event, { id }) => onChoose(id === chosen ? undefined : id)}
        onSelectionChange={({ nodes: [one] }) => one && one.id !== chosen && onChoose(one.id)}
        nodesDraggable={false}
        nodesConnectable={false}
        zoomOnScroll={false}
        preventScrolling={false}
        fitView
        fitViewOptions={{ maxZoom: 1, padding: 0.05 }}
        minZoom={0.2}
        proOptions={{ hideAttribution: true }}
        aria-label="Steps of the run"
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

function StepBox({ data: { step, isChosen } }: NodeProps<StepNode>) {
  return (
    <div
      className={classes.step}
      data-step={step.name}
      data-status={step.status}
      data-chosen={isChosen}
      data-section={step.section}
    >
      <Handle type="target" position={Position.Left} className={classes.handle} />
      <Text size="sm" fw={600} className="tg-clip" title={step.because}>
        {step.name}
      </Text>
      <div className={classes.second}>
        <StateBadge state={step.status} size="xs" />
        <Text size="xs">{step.kind}</Text>
      </div>
      <Handle type="source" position={Position.Right} className={classes.handle} />
    </div>
  );
}
