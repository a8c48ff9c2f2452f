import type { ActionRequest, NewEvent } from '../../engine/types.ts';
import { refusalOfAnswer, refusalOfCancel } from './actions.ts';
import { answerEvent } from './decide-answers.ts';
import { withReason } from './decide-words.ts';
import type { Work } from './decide-work.ts';

/**
 * Takes the requests in the order in which they came. A cancel counts at once; answers are laid out for their steps,
 * which take them when they are asked. Each has exactly one event, done or refused.
 */
export function foldRequests(work: Work): void {
  for (const request of work.snapshot.requests) {
    if (request.action === 'cancel') cancel(work, request);
    else if (request.action === 'approve' || request.action === 'reject') answer(work, request);
    else work.events.push(runEvent(work, request, `Runs know no action ${request.action}.`));
  }
}

function cancel(work: Work, request: ActionRequest): void {
  const refusal = refusalOfCancel(work.head);
  work.events.push(runEvent(work, request, refusal));
  if (refusal !== null) return;
  const { stopping } = work.head;
  const isSecond = stopping?.as === 'cancelled';
  work.head = {
    ...work.head,
    stopping: isSecond
      ? { ...stopping, entirely: true }
      : {
          actor: request.actor,
          because: withReason(`${request.actor} cancelled the run`, request.because),
          as: 'cancelled',
          entirely: stopping?.entirely ?? false,
        },
  };
}

function answer(work: Work, request: ActionRequest): void {
  const name = typeof request.payload.step === 'string' ? request.payload.step : '';
  const refusal = refusalOfAnswer(work.head.phase, name, work.steps.get(name));
  if (refusal !== null) {
    work.events.push(answerEvent(work, name, request, refusal));
    return;
  }
  work.answers.set(name, [...(work.answers.get(name) ?? []), request]);
}

/** Answers to steps that were not asked after all. */
export function refuseLeftovers(work: Work): void {
  for (const [name, requests] of work.answers) {
    const step = work.steps.get(name);
    const why = `${name} takes no answer: ${step?.because ?? 'it is not there'}.`;
    for (const request of requests) work.events.push(answerEvent(work, name, request, why));
  }
  work.answers.clear();
}

function runEvent(work: Work, request: ActionRequest, refusal: string | null): NewEvent {
  const { application, pipeline } = work.head;
  return {
    type: request.action === 'cancel' ? 'run.cancelRequested' : 'run.unknownRequested',
    actor: request.actor,
    objectId: `run/${work.snapshot.id}`,
    ...(application === null ? {} : { application }),
    because: refusal ?? (request.because || 'No reason was given.'),
    outcome: refusal === null ? 'done' : 'refused',
    after: { pipeline },
    ...(request.requestId === null ? {} : { requestId: request.requestId }),
  };
}
