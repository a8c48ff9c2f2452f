import { clock, span, time } from '../../platform/text/times.ts';
import { decideRollout } from './decide.ts';
import { unclearWords, viewFor } from './decide-analysis.ts';
import { copyWords } from './decide-copy.ts';
import type { Look } from './decide-look.ts';
import { copyId, stepsOf } from './decide-strategy.ts';
import { outOfReach, touchedTargets, viewOf } from './decide-targets.ts';
import { type RolloutSnapshot, terminalPhases } from './types.ts';

/** One thing that is so, and why: what `tidegate rollout explain` prints, most important first. */
export type Explanation = { readonly fact: string; readonly because: string };

/**
 * Why a rollout is where it is. The first fact is the decision itself, made again from the same snapshot, so that
 * it never says anything else than what the rollout acts on.
 */
export function explainRollout(snapshot: RolloutSnapshot, now: Date): readonly Explanation[] {
  const { state } = snapshot;
  const look: Look = { snapshot, state, steps: stepsOf(state.plan), now: now.getTime() };
  const next = decideRollout({ ...snapshot, requests: [], effects: [] }, now);
  const isOver = terminalPhases.some((phase) => phase === state.phase);
  return [
    { fact: isOver ? `It is over: ${state.phase}` : `It is ${state.phase}`, because: next.because },
    ...retreatFacts(look),
    ...(isOver ? [] : [...wayFacts(look), ...waitFacts(look, next.wakeAt)]),
    ...touchedTargets(state).map((target) => targetFact(look, target)),
    ...copyFacts(look),
    ...analysisFacts(look),
    origin(look),
  ];
}

function retreatFacts({ state, now }: Look): readonly Explanation[] {
  const { retreat, plan } = state;
  if (!retreat) return [];
  const git = {
    notNeeded: 'Git asks for no revert: what it declares now stands',
    pending: `the commit that reverts ${plan.commit.id.slice(0, 12)} is on its way`,
    done: `commit ${retreat.revertCommit?.slice(0, 12)} reverts ${plan.commit.id.slice(0, 12)}`,
    overtaken: 'Git had moved on, so nothing was reverted',
    failed: 'the revert commit could not be made; Git still declares the failed release',
  }[retreat.revert];
  return [
    {
      fact: retreat.trafficBackAt
        ? `Traffic was back after ${span(time(retreat.trafficBackAt) - time(retreat.since))}`
        : `It goes back since ${clock(time(retreat.since), now)}`,
      because: retreat.because,
    },
    { fact: `Revert: ${retreat.revert}`, because: git },
  ];
}

function wayFacts({ state, steps }: Look): readonly Explanation[] {
  const { plan } = state;
  const wave = plan.waves[state.wave];
  const step =
    steps.length === 0
      ? 'no steps'
      : `step ${Math.min(state.step + 1, steps.length)} of ${steps.length}`;
  const why = plan.fastTrack
    ? 'it is on the fast track, so only readiness holds it'
    : plan.stable === null
      ? 'it is the first release here, so there is nothing to compare with'
      : `its strategy says so, with the candidate at ${state.weight} %`;
  return [
    {
      fact: `It is in wave ${state.wave + 1} of ${plan.waves.length} (${wave?.targets.join(', ')}), ${step}`,
      because: why,
    },
  ];
}

function waitFacts(look: Look, wakeAt: Date | null): readonly Explanation[] {
  const { state, snapshot, now } = look;
  const facts: Explanation[] = [];
  const { freeze } = snapshot;
  if (freeze.frozen) {
    const exempt = state.plan.isRollback || state.freezeOverride !== null;
    const until = freeze.until === null ? 'its windows change' : clock(time(freeze.until), now);
    facts.push({
      fact: exempt ? 'The freeze does not hold it' : 'No further wave begins while it is frozen',
      because: exempt
        ? state.plan.isRollback
          ? 'rollbacks are exempt'
          : `${state.freezeOverride?.actor} overrode it: ${state.freezeOverride?.because}`
        : `window ${freeze.window} lasts until ${until}`,
    });
  }
  const away = outOfReach(look);
  if (away !== null) facts.push({ fact: 'Targets are out of reach', because: away });
  const unclear = unclearWords(look);
  if (unclear !== null) {
    facts.push({
      fact: 'A verdict is missing',
      because: `${unclear}; onInconclusive is ${state.plan.onInconclusive}`,
    });
  }
  if (wakeAt && wakeAt.getTime() > now) {
    facts.push({
      fact: `It looks again by itself at ${clock(wakeAt.getTime(), now)}`,
      because: `a wait ends or its progressDeadline of ${span(state.plan.progressDeadline)} passes then; news comes sooner`,
    });
  }
  return facts;
}

function targetFact({ snapshot }: Look, name: string): Explanation {
  const view = viewOf(snapshot, name);
  const { status } = view;
  if (!status)
    return {
      fact: `${name} reported nothing yet`,
      because: 'its agent never spoke of this application',
    };
  const serves = status.versions
    .map((one) => `${one.release} at ${one.weight} % (${one.ready} of ${one.replicas} ready)`)
    .join(', ');
  const troubles = status.versions.flatMap((one) =>
    one.message ? [`${one.release}: ${one.message}`] : [],
  );
  const lag = view.intent && status.generation < view.intent.generation;
  return {
    fact: `${name} serves ${serves || 'nothing'}`,
    because: !view.connected
      ? 'its agent is out of reach; this is what it said last'
      : lag
        ? `it has yet to follow intent ${view.intent?.generation} (it is at ${status.generation})`
        : troubles.join('; ') || status.message || 'it does what is asked of it',
  };
}

function copyFacts({ state }: Look): readonly Explanation[] {
  const { strategy, stable } = state.plan;
  if (copyId(state.plan) === null) return [];
  const declared = strategy.canary ? 'canary' : 'progressive';
  return state.copy?.givenUp
    ? [{ fact: `It is compared with ${stable} itself`, because: state.copy.givenUp }]
    : [
        {
          fact: `It is ${copyWords(state)}`,
          because: `${declared}.baseline is fresh, so that both sides start anew and are as busy`,
        },
      ];
}

function analysisFacts(look: Look): readonly Explanation[] {
  return look.state.analyses.map((use) => {
    const view = viewFor(look, use);
    const skipped = use.mark === 'skipped' ? ', and no longer counts' : '';
    const copied = use.against ? `, compared with a fresh copy of ${look.state.plan.stable}` : '';
    return {
      fact: `Analysis ${use.key} is ${view?.phase ?? 'gone'}${copied}${skipped}`,
      because: view?.because ?? 'its object is not there',
    };
  });
}

function origin({ state }: Look): Explanation {
  const { commit, path, repository, candidate } = state.plan;
  return {
    fact: `It began at ${state.startedAt} for ${candidate}`,
    because: `commit ${commit.id.slice(0, 12)} (${commit.subject}) by ${commit.author} declares it in ${path} of ${repository}`,
  };
}
