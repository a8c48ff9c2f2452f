import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { webhookContract } from './contract.ts';
import {
  cdeventArtifact,
  cloudEventHeaders,
  fromGithub,
  fromGitlab,
  fromJenkins,
  githubWorkflowRun,
  gitlabPipeline,
  jenkinsFinalized,
  signed,
} from './payloads.fixture.ts';
import { findSender, webhookSenders } from './registry.ts';

test('the registry lists exactly the senders that have a folder', async () => {
  const entries = await readdir(import.meta.dirname, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  expect(webhookSenders.map((one) => one.name).toSorted()).toEqual(folders.toSorted());
  for (const name of folders) expect(findSender(name)?.name).toBe(name);
  expect(findSender('constructor')).toBeNull();
});

const of = (name: string) => {
  const sender = findSender(name);
  if (!sender) throw new Error(`no sender ${name}`);
  return sender;
};

webhookContract({
  sender: of('github'),
  send: (secret, body) => fromGithub(secret, body ?? githubWorkflowRun, 'workflow_run'),
  type: 'workflow_run.completed',
  proof: ['x-hub-signature-256'],
  signsBody: true,
});
webhookContract({
  sender: of('gitlab'),
  send: (secret, body) => fromGitlab(secret, body ?? gitlabPipeline),
  type: 'pipeline.success',
  proof: ['x-gitlab-token'],
  signsBody: false,
});
webhookContract({
  sender: of('jenkins'),
  send: (secret, body) => fromJenkins(secret, body ?? jenkinsFinalized),
  type: 'finalized.success',
  proof: ['authorization'],
  signsBody: false,
});
webhookContract({
  sender: of('generic'),
  send: (secret, body) =>
    signed(secret, body ?? { type: 'built' }, { 'x-tidegate-event': 'built' }),
  type: 'built',
  proof: ['x-tidegate-signature', 'x-tidegate-timestamp'],
  signsBody: true,
});
webhookContract({
  sender: of('cdevents'),
  send: (secret, body) =>
    signed(secret, body ?? cdeventArtifact, cloudEventHeaders(cdeventArtifact)),
  type: 'dev.cdevents.artifact.published.0.3.0',
  proof: ['x-tidegate-signature', 'x-tidegate-timestamp'],
  signsBody: true,
});
