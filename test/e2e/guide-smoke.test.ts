import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decideAnalysis } from '../../src/capabilities/analysis/decide.ts';
import { dueMetrics } from '../../src/capabilities/analysis/due.ts';
import { measureAll } from '../../src/capabilities/analysis/measure.ts';
import { metricStates } from '../../src/capabilities/analysis/open.ts';
import type { AnalysisState } from '../../src/capabilities/analysis/types.ts';
import { parseDocuments } from '../../src/contract/kinds/validate.ts';
import { webSource } from '../../src/integrations/metric-source/web/web.ts';

const guide = join(import.meta.dirname, '..', '..', 'docs', 'guide', 'strategies.md');

/** The template `smoke` as the guide has it, opened with the preview's address. */
async function smokeOf(preview: string): Promise<AnalysisState> {
  const markdown = await readFile(guide, 'utf8');
  const blocks = [...markdown.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((one) => one[1] ?? '');
  const all = blocks.flatMap((text) => parseDocuments(text, 'guide.yaml').documents);
  const smoke = all.find(({ kind, name }) => kind === 'AnalysisTemplate' && name === 'smoke');
  if (smoke?.document.kind !== 'AnalysisTemplate') throw new Error('the guide has no smoke');
  const now = new Date(0);
  return {
    subject: {
      ...{ application: 'checkout', environment: 'production', rollout: 'ro-1' },
      ...{ targets: ['eu-1'], candidate: 'r-2', stable: 'r-1' },
    },
    args: { preview },
    metrics: metricStates(smoke.document.spec, now),
    ...{ phase: 'running', because: '', endedAt: null, endRequested: false },
    ...{ startedAt: now.toISOString(), wakes: 'rollout/ro-1' },
  };
}

/** Looks every ten seconds of a clock of its own, as often as it takes. */
async function judged(preview: string): Promise<AnalysisState> {
  let state = await smokeOf(preview);
  for (let look = 0; look < 20 && state.phase === 'running'; look += 1) {
    const now = new Date(look * 10_000);
    const source = webSource();
    const find = (name: string) => (name === source.name ? source : null);
    const answers = await measureAll(find, state, dueMetrics(state, false, now), now, () => false);
    state = decideAnalysis(
      { id: 'ro-1/0/pre', at: now.toISOString(), state, answers, requests: [] },
      now,
    ).state;
  }
  return state;
}

async function previewThatSays(status: string): Promise<AnalysisState> {
  const server = createServer((_request, response) => response.end(JSON.stringify({ status })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await judged(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test("the guide's smoke passes though nobody visits the preview, and never without a good answer", async () => {
  expect(await previewThatSays('ok')).toMatchObject({
    phase: 'successful',
    metrics: [{ successes: 3 }],
  });
  expect(await previewThatSays('ill')).toMatchObject({ phase: 'failed' });
  expect(await judged('http://127.0.0.1:1')).toMatchObject({ phase: 'error' });
});
