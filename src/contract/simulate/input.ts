import { type Problem, problem } from '../../platform/errors/problem.ts';
import type { AnalysisTemplate } from '../kinds/analysis-template.ts';
import type { Application } from '../kinds/application.ts';
import { jsonSchemaOf } from '../kinds/json-schema.ts';
import { parseYaml } from '../kinds/parse.ts';
import { salvage } from '../kinds/salvage.ts';
import { documentFaults } from '../kinds/semantics.ts';
import { asRecord } from '../kinds/shape.ts';
import { type AnalysisRef, type Strategy, strategySchema } from '../kinds/strategy.ts';
import { parseDocuments } from '../kinds/validate.ts';

export type StrategyFile = { readonly path: string; readonly text: string };
export type StrategyInput = {
  readonly strategy: Strategy;
  readonly templates: readonly AnalysisTemplate[];
};
export type ReadStrategy =
  | { readonly ok: true; readonly input: StrategyInput }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * A strategy by itself (`canary: …`), or that of the one Application that is declared, in `environment` where it has one
 * of its own there; with the templates that it names. Documents that have no part in this may be beside them.
 */
export function readStrategy(files: readonly StrategyFile[], environment?: string): ReadStrategy {
  const alone = files.flatMap(strategiesAlone);
  const parsed = files.map((file) => parseDocuments(file.text, file.path));
  const isAlone = alone.length > 0;
  // A strategy by itself has no head, which a document would lack.
  const problems = [
    ...alone.flatMap((one) => one.problems),
    ...parsed.flatMap((one) => one.problems).filter(({ code }) => !isAlone || code !== 'TG1002'),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const documents = parsed.flatMap((one) => one.documents.map(({ document }) => document));
  const applications = documents.filter((one) => one.kind === 'Application');
  const found = [
    ...alone.flatMap(({ strategy }) => strategy ?? []),
    ...applications.map((one) => strategyIn(one, environment)),
  ];
  const [strategy, ...more] = found;
  if (strategy === undefined || more.length > 0) return refused(found.length, files);
  const templates = documents.filter((one) => one.kind === 'AnalysisTemplate');
  const missing = templatesOf(strategy).filter(
    (name) => !templates.some(({ metadata }) => metadata.name === name),
  );
  return missing.length > 0 ? unknown(missing) : { ok: true, input: { strategy, templates } };
}

function strategyIn({ spec }: Application, environment: string | undefined): Strategy {
  const own = spec.environments.find(({ name }) => name === environment)?.strategy;
  return own ?? spec.strategy;
}

type Alone = { readonly strategy: Strategy | null; readonly problems: readonly Problem[] };

function strategiesAlone({ path, text }: StrategyFile): readonly Alone[] {
  return parseYaml(text, path).flatMap(({ value, locate, problems }): Alone[] => {
    const fields = Object.keys(asRecord(value));
    const isAlone = Object.keys(strategySchema.shape).some((name) => fields.includes(name));
    if (problems.length > 0 || !isAlone || fields.includes('kind')) return [];
    // Checked as the strategy of an application that has nothing else.
    const { faults, document, asWritten } = salvage(
      'Application',
      () => jsonSchemaOf('Application'),
      around(value),
    );
    const application = document?.kind === 'Application' ? document : null;
    const meant = application ? documentFaults(application) : [];
    const told = meant.flatMap((fault) => asWritten(fault) ?? []);
    const all = [...faults, ...told.map((fault) => ({ ...fault, end: 'value' as const }))];
    return [
      {
        strategy: application?.spec.strategy ?? null,
        problems: all.map(({ path: at, code, detail, hint, end, within }) =>
          problem(code, {
            detail: detail.replace('spec.strategy.', '').replace('spec.strategy:', 'Strategy:'),
            ...(hint ? { hint } : {}),
            where: locate(at.slice(inside), end, within),
          }),
        ),
      },
    ];
  });
}

/** Steps from the application around a strategy to the strategy: `spec`, `strategy`. */
const inside = 2;
const around = (strategy: unknown): unknown => ({
  apiVersion: 'tidegate.dev/v1',
  kind: 'Application',
  metadata: { name: 'alone' },
  spec: {
    owner: 'nobody',
    source: { repository: 'none' },
    run: {},
    environments: [{ name: 'alone' }],
    strategy,
  },
});

function refused(found: number, files: readonly StrategyFile[]): ReadStrategy {
  const [first] = files;
  const what = found === 0 ? 'no strategy' : `${found} strategies`;
  const detail = `There is ${what} in ${files.map(({ path }) => path).join(', ')}; one is needed.`;
  const hint = 'Give one Application, or a strategy by itself: canary: …';
  const where = first ? { file: first.path } : {};
  return { ok: false, problems: [problem('TG1802', { detail, hint, where })] };
}

function unknown(names: readonly string[]): ReadStrategy {
  const many = names.length === 1 ? 'AnalysisTemplate' : 'AnalysisTemplates';
  const detail = `The strategy names ${many} ${names.join(', ')}, which nothing here declares.`;
  return { ok: false, problems: [problem('TG1007', { detail, hint: 'Add --templates FILE.' })] };
}

/** Names of all templates that a strategy is judged by, each once. */
export function templatesOf({ canary, blueGreen, progressive, abTest }: Strategy): string[] {
  const refs: readonly (AnalysisRef | undefined)[] = [
    ...(canary?.steps ?? []).map((step) => ('analysis' in step ? step.analysis : undefined)),
    ...(progressive?.steps ?? []).map(({ analysis }) => analysis),
    canary?.backgroundAnalysis,
    progressive?.backgroundAnalysis,
    blueGreen?.prePromotionAnalysis,
    blueGreen?.postPromotionAnalysis,
    abTest?.analysis,
  ];
  return [...new Set(refs.flatMap((ref) => ref?.templates ?? []))];
}
