import { expect, test } from 'vitest';
import { readObject } from '../../engine/reads.ts';
import { writeEvent } from '../../engine/store.ts';
import { fakeNotifier } from '../../integrations/notifier/fake.ts';
import { startWorld as startSources } from '../sources/sources.fixture.ts';
import { rolloutEvent, startWorker, until } from './notifications.fixture.ts';
import type { ChannelState } from './types.ts';

const channel = (severity: string): string => `apiVersion: tidegate.dev/v1
kind: Channel
metadata: { name: hook }
spec:
  webhook: { url: "http://127.0.0.1", secret: { env: TIDEGATE_SECRET_HOOK } }
  severity: ${severity}
`;

test('a channel begins, changes and ends by commits', async () => {
  const sources = await startSources({ 'channels/hook.yaml': channel('error') });
  const { db, remote, settle } = sources;
  const fake = fakeNotifier('webhook');
  const worker = await startWorker(db, [fake]);
  try {
    await settle();
    const phase = async () => (await readObject<ChannelState>(db, 'channel/hook'))?.phase;
    const cursor = async () =>
      (await readObject<ChannelState>(db, 'channel/hook'))?.state.cursor ?? null;
    await until(cursor);
    await writeEvent(db, rolloutEvent('ro-1', 'opened'));
    await remote.push({ 'channels/hook.yaml': channel('info') });
    await settle();
    await until(async () => {
      await writeEvent(db, rolloutEvent('ro-2', 'step'));
      return fake.taken.length > 0 ? true : null;
    });
    expect(fake.taken.every((one) => one.notice.subject === 'rollout/ro-2')).toBe(true);
    await remote.push({ 'channels/hook.yaml': null });
    await settle();
    await until(async () => ((await phase()) === 'closed' ? true : null));
  } finally {
    await worker.stop();
    await sources.stop();
  }
});
