import type { Intent } from '../../../src/capabilities/fleet/types.ts';
import { createProcessDriver } from '../../../src/integrations/driver/process/process.ts';
import { fetchFixture } from './harness.ts';
import { converged, silent } from './open-driver.ts';

/** An agent's driver in a process of its own: serves one intent, prints where, and keeps its workloads on SIGTERM. */
const [directory = '', text = ''] = process.argv.slice(2);
const intent: Intent = JSON.parse(text);
const driver = createProcessDriver({
  target: 'eu-1',
  directory,
  fetchBundle: fetchFixture,
  settings: () => null,
  log: silent,
});
await driver.adopt();
driver.apply(intent);
process.on('SIGTERM', () => void driver.close('keep').then(() => process.exit(0)));
console.log(await converged(driver, intent.generation));
