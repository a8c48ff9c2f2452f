import type { Application } from '../../contract/kinds/application.ts';
import type { Strategy } from '../../contract/kinds/strategy.ts';
import type { IntentSpec } from '../fleet/types.ts';
import { arrange, sameSpec, stickyOf } from './decide-intents.ts';
import type { DeliverySnapshot, RolloutWrite, TargetView } from './types.ts';

type IntentWrite = Extract<RolloutWrite, { readonly table: 'intents' }>;

/** What the application declares for one environment: its own words, unless the path's entry overrides them. */
export function declaredFor(
  application: Application,
  environment: string,
): { readonly replicas: number; readonly strategy: Strategy } {
  const entry = application.spec.environments.find((one) => one.name === environment);
  return {
    replicas: entry?.replicas ?? application.spec.replicas,
    strategy: entry?.strategy ?? application.spec.strategy,
  };
}

const nothing: IntentSpec = { versions: [], routes: [], sticky: null, preview: null };

/** The stable release on every target of the environment, nothing on those that left it. */
export function steadyWrites(snapshot: DeliverySnapshot, because: string): readonly IntentWrite[] {
  const { application, environment, stable, state } = snapshot;
  if (!application || !environment || !stable) return [];
  const { replicas, strategy } = declaredFor(application, state.environment);
  const declared = environment.spec.waves.flatMap((wave) => wave.targets);
  const sticky = stickyOf(strategy);
  const extras = { candidate: null, routes: [], sticky, preview: false };
  const wanted = [{ release: stable, replicas, weight: 100, needs: 1 }];
  return snapshot.targets.flatMap((view) =>
    declared.includes(view.name)
      ? changed(view, arrange(view, wanted, extras), because)
      : removed(view, `${view.name} left ${state.environment}`),
  );
}

/** Nothing anywhere. */
export function emptyWrites(snapshot: DeliverySnapshot, because: string): readonly IntentWrite[] {
  return snapshot.targets.flatMap((view) => removed(view, because));
}

function changed(view: TargetView, spec: IntentSpec, because: string): readonly IntentWrite[] {
  if (view.intent && sameSpec(view.intent.spec, spec)) return [];
  return [{ table: 'intents', target: view.name, spec, because }];
}

/** A target that was never told anything needs not be told to serve nothing. */
const removed = (view: TargetView, because: string): readonly IntentWrite[] =>
  (view.intent?.spec.versions.length ?? 0) === 0 ? [] : changed(view, nothing, because);
