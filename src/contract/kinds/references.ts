import type { AnalysisTemplate } from './analysis-template.ts';
import { pipelineReferences } from './pipeline-references.ts';
import type { Reference } from './reference-place.ts';
import type { KindDocument } from './registry.ts';
import type { AnalysisRef, Strategy } from './strategy.ts';

type Path = readonly PropertyKey[];

export function referencesOf(document: KindDocument): readonly Reference[] {
  switch (document.kind) {
    case 'Pipeline':
      return pipelineReferences(document);
    case 'Application':
      return [
        ...pipelineOf(document),
        ...document.spec.environments.map(
          (one, index): Reference => ({
            path: ['spec', 'environments', index, 'name'],
            kind: 'Environment',
            name: one.name,
          }),
        ),
        ...strategiesOf(document).flatMap(({ path, strategy }) =>
          templateReferences(path, strategy),
        ),
      ];
    case 'Environment':
      return document.spec.waves.flatMap((wave, index) =>
        wave.targets.map(
          (name, at): Reference => ({
            path: ['spec', 'waves', index, 'targets', at],
            kind: 'Target',
            name,
          }),
        ),
      );
    case 'Release':
      return [
        { path: ['metadata', 'name'], kind: 'Application', name: document.metadata.name },
        {
          path: ['metadata', 'environment'],
          kind: 'Environment',
          name: document.metadata.environment,
        },
      ];
    default:
      return [];
  }
}

function pipelineOf({ spec }: KindDocument<'Application'>): Reference[] {
  const { pipeline } = spec;
  if (pipeline === undefined || !('name' in pipeline)) return [];
  return [{ path: ['spec', 'pipeline', 'name'], kind: 'Pipeline', name: pipeline.name }];
}

/** The application's own strategy, and those of the environments on its path that bring theirs. */
export function strategiesOf(
  document: KindDocument<'Application'>,
): readonly { readonly path: Path; readonly strategy: Strategy }[] {
  const own = { path: ['spec', 'strategy'], strategy: document.spec.strategy };
  const others = document.spec.environments.flatMap((one, index) =>
    one.strategy === undefined
      ? []
      : [{ path: ['spec', 'environments', index, 'strategy'], strategy: one.strategy }],
  );
  return [own, ...others];
}

function templateReferences(path: Path, strategy: Strategy): Reference[] {
  return analysesOf(path, strategy).flatMap(({ path: at, ref, mustEnd }) =>
    ref.templates.map(
      (name, index): Reference => ({
        path: [...at, 'templates', index],
        kind: 'AnalysisTemplate',
        name,
        args: ref.args,
        mustEnd,
      }),
    ),
  );
}

type Analysis = { readonly path: Path; readonly ref: AnalysisRef; readonly mustEnd: boolean };

/** Background analyses and those of a test are ended by the rollout; the others must end by themselves. */
function analysesOf(path: Path, strategy: Strategy): readonly Analysis[] {
  const { canary, blueGreen, progressive, abTest } = strategy;
  const found: { path: Path; ref: AnalysisRef | undefined }[] = [
    { path: ['canary', 'backgroundAnalysis'], ref: canary?.backgroundAnalysis },
    ...(canary?.steps ?? []).map((step, index) => ({
      path: ['canary', 'steps', index, 'analysis'],
      ref: 'analysis' in step ? step.analysis : undefined,
    })),
    { path: ['blueGreen', 'prePromotionAnalysis'], ref: blueGreen?.prePromotionAnalysis },
    { path: ['blueGreen', 'postPromotionAnalysis'], ref: blueGreen?.postPromotionAnalysis },
    { path: ['progressive', 'backgroundAnalysis'], ref: progressive?.backgroundAnalysis },
    ...(progressive?.steps ?? []).map((step, index) => ({
      path: ['progressive', 'steps', index, 'analysis'],
      ref: step.analysis,
    })),
    { path: ['abTest', 'analysis'], ref: abTest?.analysis },
  ];
  const ended = ['backgroundAnalysis', 'abTest'];
  return found.flatMap(({ path: inner, ref }) => {
    if (!ref) return [];
    const mustEnd = !inner.some((part) => ended.includes(String(part)));
    return [{ path: [...path, ...inner], ref, mustEnd }];
  });
}

export function conditionsOf(
  document: AnalysisTemplate,
): readonly { readonly path: Path; readonly text: string }[] {
  return document.spec.metrics.flatMap((metric, index) =>
    (['successCondition', 'failureCondition'] as const).flatMap((field) => {
      const text = metric[field];
      return text === undefined ? [] : [{ path: ['spec', 'metrics', index, field], text }];
    }),
  );
}
