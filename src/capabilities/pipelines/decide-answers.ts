import type { ActionRequest, NewEvent } from '../../engine/types.ts';
import type { StepAdapter, StepAnswer, StepLook } from '../../integrations/step/port.ts';
import { lookAt } from './decide-subject.ts';
import { sentenceOf } from './decide-words.ts';
import { declaredOf, put, stepOf, type Work } from './decide-work.ts';

/** Answers in the order in which they came, each with exactly one event: it counts, or why it does not. */
export function takeAnswers(work: Work, adapter: StepAdapter, name: string): void {
  for (const request of work.answers.get(name) ?? []) {
    const answer = answerOf(request);
    const look = lookAt(work.snapshot.id, work.head, name, stepOf(work, name));
    const refusal = refusalOf(adapter, look, answer);
    if (refusal === null) put(work, name, { answers: [...stepOf(work, name).answers, answer] });
    work.events.push(answerEvent(work, name, request, refusal));
  }
  work.answers.delete(name);
}

export const answerOf = ({ action, actor, because, payload, at }: ActionRequest): StepAnswer => ({
  action: action === 'approve' ? 'approve' : 'reject',
  actor,
  role: typeof payload.role === 'string' ? payload.role : '',
  because: sentenceOf(because),
  at: at.toISOString(),
});

export function refusalOf(adapter: StepAdapter, look: StepLook, answer: StepAnswer): string | null {
  if (!adapter.refuse) return `A step of kind ${adapter.kind} takes no answers.`;
  if (look.cancelled) return `It is being stopped: ${look.cancelled.because}.`;
  try {
    return adapter.refuse(look, answer);
  } catch (error) {
    return `${adapter.kind} could not say: ${String(error)}`;
  }
}

/** Refused or done, an answer is news. */
export function answerEvent(
  work: Work,
  name: string,
  request: ActionRequest,
  refusal: string | null,
): NewEvent {
  const { application } = work.head;
  const environment = environmentFor(work, name);
  return {
    type: request.action === 'approve' ? 'step.approved' : 'step.rejected',
    actor: request.actor,
    objectId: `run/${work.snapshot.id}`,
    ...(application === null ? {} : { application }),
    ...(environment === '' ? {} : { environment }),
    because: refusal ?? (request.because || 'No reason was given.'),
    outcome: refusal === null ? 'done' : 'refused',
    after: { step: name, pipeline: work.head.pipeline },
    ...(request.requestId === null ? {} : { requestId: request.requestId }),
  };
}

function environmentFor(work: Work, name: string): string {
  const step = work.steps.get(name);
  if (!step) return '';
  const { environment } = declaredOf(work, step).step;
  return environment ?? '';
}
