import type { StepAdapter } from '../port.ts';
import { decideApprove, refusalOfAnswer } from './decide.ts';

/** Waits for people to approve or reject. */
export function approveStep(): StepAdapter {
  return { kind: 'approve', decide: decideApprove, refuse: refusalOfAnswer };
}
