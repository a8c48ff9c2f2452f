import { percentile } from '../figures.ts';
import type { Suite } from '../types.ts';
import { measureNotify } from './notify.ts';

const rate = 20;
const seconds = 20;

/** From a change to the notification of it on the wire. */
export const notifySuite: Suite = {
  name: 'notify',
  figures: ['notify.p99', 'notify.p50'],
  run: async ({ url, say }) => {
    const { latencies, written, deliveries } = await measureNotify(url, {
      rate,
      seconds,
      bystanders: 50,
    });
    const lost = written - latencies.length;
    if (lost !== 0) throw new Error(`${lost} of ${written} events did not arrive`);
    say(`${written} events of ${rate * seconds} rollouts in ${deliveries} deliveries, none lost`);
    const note = `${rate} rollouts a second, ${Math.round(written / seconds)} events/s, ${Math.round(deliveries / seconds)} deliveries/s to a webhook on this machine`;
    return [
      { name: 'notify.p99', unit: 'ms', value: percentile(latencies, 0.99), aim: 250, note },
      { name: 'notify.p50', unit: 'ms', value: percentile(latencies, 0.5), aim: null },
    ];
  },
};
