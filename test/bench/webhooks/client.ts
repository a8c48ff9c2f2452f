import { createHmac } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { Agent, request } from 'undici';

/** A thread of its own, so that sending takes no time from the server that is measured. */
export type ClientWork = {
  readonly url: string;
  readonly secret: string;
  readonly atOnce: number;
  readonly rounds: number;
  readonly perSecond: number;
  readonly seconds: number;
};

/** Milliseconds until each was answered: of every burst, and of those that came one after the other. */
export type ClientTimes = {
  readonly bursts: readonly (readonly number[])[];
  readonly steady: readonly number[];
};

const { url, secret, atOnce, rounds, perSecond, seconds } = workerData as ClientWork;

/** As large as a push of a few commits. */
const payload = {
  type: 'built',
  commits: Array.from({ length: 40 }, (_, at) => ({ at, message: 'm'.repeat(60) })),
};

function delivery(id: string) {
  const body = JSON.stringify({ ...payload, id });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const hmac = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-tidegate-delivery': id,
      'x-tidegate-timestamp': timestamp,
      'x-tidegate-signature': `sha256=${hmac}`,
    },
  };
}

const dispatcher = new Agent({ connections: atOnce });

async function timed({ body, headers }: ReturnType<typeof delivery>): Promise<number> {
  const began = performance.now();
  const answer = await request(url, { method: 'POST', body, headers, dispatcher });
  await answer.body.text();
  if (answer.statusCode !== 202) throw new Error(`answered ${answer.statusCode}`);
  return performance.now() - began;
}

async function bursts(): Promise<readonly (readonly number[])[]> {
  const times: number[][] = [];
  for (let round = 0; round < rounds; round += 1) {
    const all = Array.from({ length: atOnce }, (_, at) => delivery(`${round}-${at}`));
    times.push(await Promise.all(all.map(timed)));
  }
  return times;
}

/** So many a second, each when its time has come, however long the ones before it take. */
async function steady(): Promise<readonly number[]> {
  const began = performance.now();
  const all: Promise<number>[] = [];
  while (all.length < perSecond * seconds) {
    const due = Math.floor(((performance.now() - began) / 1_000) * perSecond);
    while (all.length < due) all.push(timed(delivery(`steady-${all.length}`)));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return await Promise.all(all);
}

const burst = await bursts();
const answer: ClientTimes = { bursts: burst, steady: await steady() };
await dispatcher.close();
parentPort?.postMessage(answer);
