import type { Trigger } from '../../contract/kinds/pipeline-trigger.ts';
import { triggerSchema } from '../../contract/kinds/pipeline-trigger.ts';
import type { ActionRequest } from '../../engine/types.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { Begin, Declared, PushLook, TriggerSnapshot } from './types.ts';

/** For tests of decisions: snapshots, and what came of them. */
export const now = new Date('2026-03-01T10:00:00.000Z');
export const later = (ms: number, from: Date = now): Date => new Date(from.getTime() + ms);

export const trigger = (over: object): Trigger => triggerSchema.parse({ name: 'go', ...over });

export const declared = (triggers: readonly Trigger[], over: Partial<Declared> = {}): Declared => ({
  pipeline: 'ship',
  isGenerated: false,
  application: 'shop',
  artifact: 'bundle',
  triggers,
  ...over,
});

export const snapshot = (over: Partial<TriggerSnapshot>): TriggerSnapshot => ({
  id: 'trigger/application:shop',
  state: { pipeline: null, memory: {} },
  declared: declared([]),
  looks: {},
  isStale: false,
  requests: [],
  effects: [],
  ...over,
});

export const request = (id: number, payload: { readonly [key: string]: Json }): ActionRequest => ({
  ...{ id, action: 'webhook', actor: 'webhook:github', because: '', requestId: null, at: now },
  payload,
});

export const delivered = (id: number, delivery: string, body: Json = {}, type = 'push') =>
  request(id, {
    ...{ trigger: 'go', delivery, type },
    event: { on: 'webhook', from: 'github', type, delivery, body },
  });

const id = (digit: string): string => digit.repeat(40);
export const moved = (
  from: string,
  to: string,
  over: Partial<Extract<PushLook, { is: 'moved' }>> = {},
): PushLook => ({
  is: 'moved',
  watch: 'host/team/shop#main',
  branch: 'main',
  from: id(from),
  head: {
    ...{ id: id(to), author: 'Ada', email: 'ada@example.com', subject: 'Sell more' },
    ...{ body: 'Much more.', at: '2026-03-01T09:59:00Z', trailers: {} },
  },
  files: ['server.js'],
  touched: 1,
  own: 0,
  ...over,
});

type Made = { readonly effects?: readonly { readonly payload: Json }[] };
export const begun = ({ effects = [] }: Made): readonly Begin[] =>
  effects.map((one) => one.payload as unknown as Begin);
