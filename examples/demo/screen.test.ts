import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RolloutView } from '../../src/contract/api/rollouts.ts';
import { createWorkspace, type Workspace } from '../../src/workspace/workspace.ts';
import { openScreen } from './screen.ts';
import { newScene } from './story.ts';

const made: { directory: string; workspace?: Workspace } = { directory: '' };
beforeAll(async () => {
  made.directory = await mkdtemp(join(tmpdir(), 'tidegate-screen-'));
  made.workspace = await createWorkspace({ directory: join(made.directory, 'workspace') });
});
afterAll(() => rm(made.directory, { recursive: true, force: true }));

function output(isTTY: boolean) {
  const parts: string[] = [];
  const stream = new PassThrough().on('data', (part) => parts.push(String(part)));
  return { stream: Object.assign(stream, { isTTY, columns: 100 }), text: () => parts.join('') };
}

const rollout = (phase: string, because: string): RolloutView =>
  ({ environment: 'production', phase, because }) as RolloutView;

async function show(isTTY: boolean): Promise<string> {
  if (!made.workspace) throw new Error('there is no workspace');
  const { stream, text } = output(isTTY);
  const scene = newScene();
  scene.title = 'Version 2 by canary';
  const screen = openScreen(made.workspace, scene, stream);
  await sleep(500);
  scene.controlPlane = 'killed';
  scene.rollout = rollout('progressing', 'it starts');
  await sleep(500);
  scene.rollout = rollout('succeeded', 'it is there');
  await screen.close();
  return text();
}

test('where nobody watches, each change is a line, once', async () => {
  const lines = (await show(false)).trimEnd().split('\n');
  expect(lines.map((line) => line.replace(/^ *\d+\.\d s {2}/, ''))).toEqual([
    'Version 2 by canary',
    '  the control plane is killed',
    '  production progressing: it starts',
    '  production succeeded: it is there',
  ]);
});

test('on a terminal it is a picture that ends with how things stand', async () => {
  const text = await show(true);
  const last = text.slice(text.lastIndexOf('tidegate demo'));
  expect(last).toContain('control plane killed');
  expect(last).toContain('production succeeded: it is there');
  expect(last).toContain('Start of the sample workspace');
  expect(last).toContain('us-1');
});
