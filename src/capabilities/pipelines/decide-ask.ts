import type { StepAdapter, StepLook, StepMove } from '../../integrations/step/port.ts';
import type { Json } from '../../platform/ids/types.ts';
import { iso, time } from '../../platform/text/times.ts';
import { takeAnswers } from './decide-answers.ts';
import { finishAttempt } from './decide-attempt.ts';
import { largestMemory, largestState, storable } from './decide-storable.ts';
import { lookAt, subjectOf } from './decide-subject.ts';
import { sentenceOf } from './decide-words.ts';
import { put, stepOf, tagOf, type Work } from './decide-work.ts';
import type { StepEffect } from './types.ts';

/** ms after which a step whose world could not be read is looked at again. */
export const unreadPause = 5_000;

/** Asks the kind what follows, once a look and attempt. True when something moved. */
export function ask(work: Work, name: string): boolean {
  const step = stepOf(work, name);
  const tag = tagOf(name, step.attempt);
  if (work.asked.has(tag)) return false;
  work.asked.add(tag);
  const adapter = work.adapters.get(step.kind);
  if (!adapter) {
    return errored(work, name, `steps of kind ${step.kind} are not known here (TG1907)`);
  }
  if (!isRead(work, adapter, name)) return putOff(work, name);
  const came = work.outcomes.get(name);
  // Shown once: another attempt may begin in this very look.
  work.outcomes.delete(name);
  if (came) put(work, name, { isBusy: false });
  takeAnswers(work, adapter, name);
  const now = stepOf(work, name);
  const look: StepLook = {
    ...lookAt(work.snapshot.id, work.head, name, now),
    facts: work.snapshot.facts[name] ?? null,
    outcome: came?.outcome ?? null,
  };
  return follow(work, adapter, name, moveOf(adapter, look, work.now));
}

/** Facts are of the attempt that they were loaded for; one that began in this look is loaded for at the next. */
function isRead(work: Work, adapter: StepAdapter, name: string): boolean {
  if (!adapter.load) return true;
  if (work.snapshot.unread[name] !== undefined) return false;
  const before = work.snapshot.state.steps[name];
  return before?.status === 'running' && before.attempt === stepOf(work, name).attempt;
}

/** What came for it stays in the inbox until it can be shown. */
function putOff(work: Work, name: string): boolean {
  const came = work.outcomes.get(name);
  if (came) work.left.effects.add(came.id);
  for (const request of work.answers.get(name) ?? []) work.left.requests.add(request.id);
  work.answers.delete(name);
  const why = work.snapshot.unread[name];
  if (why === undefined) work.again = true;
  else {
    const because = sentenceOf(`what it waits for could not be read: ${why}`);
    put(work, name, { because, wakeAt: iso(work.now + unreadPause) });
  }
  return endPatience(work, name);
}

type Asked = StepMove | { readonly is: 'broken'; readonly because: string };

/** A kind is code of its own: what it does wrong is an error of its step, and of nothing else. */
function moveOf(adapter: StepAdapter, look: StepLook, now: number): Asked {
  const broken = (why: string): Asked => ({
    is: 'broken',
    because: `${adapter.kind} could not decide: ${why} (TG1604)`,
  });
  try {
    const move = adapter.decide(look, new Date(now));
    return isMove(move) ? move : broken('its move is none');
  } catch (error) {
    return broken(String(error));
  }
}

const ends = ['succeeded', 'failed', 'errored', 'cancelled'];

function isMove(move: StepMove): boolean {
  if (typeof move.because !== 'string') return false;
  if (move.is === 'end') return ends.includes(move.status);
  const { wakeAt } = move;
  return wakeAt === null || (wakeAt instanceof Date && !Number.isNaN(wakeAt.getTime()));
}

function follow(work: Work, adapter: StepAdapter, name: string, move: Asked): boolean {
  if (move.is === 'broken') return errored(work, name, move.because);
  if (move.is === 'end') {
    finishAttempt(work, name, move);
    return true;
  }
  const memory = storable(move.memory);
  if (memory === null || memory.size > largestMemory) {
    return errored(work, name, 'what it has to remember is too large (TG1915)');
  }
  if (work.size + memory.size > largestState) {
    return errored(work, name, 'the run has become too large (TG1908)');
  }
  work.size += memory.size;
  put(work, name, {
    because: sentenceOf(move.because),
    memory: memory.value,
    wakeAt: move.wakeAt?.toISOString() ?? null,
  });
  if (move.stopEffect) stopWanted(work, name);
  if (move.effect !== undefined) askEffect(work, adapter, name, move.effect);
  endPatience(work, name);
  return true;
}

function stopWanted(work: Work, name: string): void {
  const { isBusy, attempt } = stepOf(work, name);
  const before = work.snapshot.state.steps[name];
  // Whoever was told to stop has had its effect stopped by that; to say so at every look would be a change each time.
  if (isBusy && before?.stopping === null) work.stops.add(tagOf(name, attempt));
}

/** A step has at most one effect under way. What is asked for beside it is not begun. */
function askEffect(work: Work, adapter: StepAdapter, name: string, payload: Json): void {
  const step = stepOf(work, name);
  if (step.isBusy) return;
  const found = storable(payload);
  if (!adapter.run || found === null) {
    errored(work, name, `${adapter.kind} asked for what it cannot do (TG1604)`);
    return;
  }
  const { snapshot, head } = work;
  const effect: StepEffect = {
    instance: name,
    attempt: step.attempt,
    subject: subjectOf(snapshot.id, head, name, step.attempt),
    secrets: snapshot.spec.secrets,
    payload: found.value,
  };
  work.effects.push({
    kind: `step.${step.kind}`,
    payload: effect as unknown as Json,
    tag: tagOf(name, step.attempt),
  });
  work.stops.delete(tagOf(name, step.attempt));
  put(work, name, { isBusy: true });
}

/** One that was told to stop and does not clear up is over all the same. */
function endPatience(work: Work, name: string): boolean {
  const step = stepOf(work, name);
  if (step.stopping === null || time(step.stopping.until) > work.now) return false;
  const because = 'it did not clear up in time';
  finishAttempt(work, name, { status: 'cancelled', because, outputs: {} });
  return true;
}

function errored(work: Work, name: string, because: string): true {
  finishAttempt(work, name, { status: 'errored', because, outputs: {} });
  return true;
}
