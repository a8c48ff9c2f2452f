import { cdeventsSender } from './cdevents/cdevents.ts';
import { genericSender } from './generic/generic.ts';
import { githubSender } from './github/github.ts';
import { gitlabSender } from './gitlab/gitlab.ts';
import { jenkinsSender } from './jenkins/jenkins.ts';
import type { WebhookSender } from './port.ts';

/** Every sender; the folders beside this file have the same names. */
export const webhookSenders: readonly WebhookSender[] = [
  cdeventsSender,
  genericSender,
  githubSender,
  gitlabSender,
  jenkinsSender,
];

/** Null for a name that nobody has. */
export const findSender = (name: string): WebhookSender | null =>
  webhookSenders.find((one) => one.name === name) ?? null;
