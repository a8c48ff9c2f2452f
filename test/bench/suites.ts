import { deliverySuite } from './delivery/delivery.ts';
import { engineSuite } from './engine/suite.ts';
import { fleetSuite } from './fleet/fleet.ts';
import { notifySuite } from './notify/suite.ts';
import { durableSuite, runsSuite } from './runs/suite.ts';
import { statusSuite } from './status/suite.ts';
import type { Suite } from './types.ts';
import { webSuite } from './web/suite.ts';
import { webhooksSuite } from './webhooks/suite.ts';

/** In the order of design §10's table, the quick ones first. */
export const suites: readonly Suite[] = [
  engineSuite,
  statusSuite,
  runsSuite,
  durableSuite,
  webhooksSuite,
  notifySuite,
  deliverySuite,
  fleetSuite,
  webSuite,
];
