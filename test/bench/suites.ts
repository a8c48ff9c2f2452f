import { deliverySuite } from './delivery/delivery.ts';
import { engineSuite } from './engine/suite.ts';
import { fleetSuite } from './fleet/fleet.ts';
import { statusSuite } from './status/suite.ts';
import type { Suite } from './types.ts';

/** In the order of design §10's table, the quick ones first. */
export const suites: readonly Suite[] = [engineSuite, statusSuite, deliverySuite, fleetSuite];
