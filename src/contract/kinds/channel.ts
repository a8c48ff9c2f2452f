import { z } from 'zod';
import { byRule, documentSchema, nameSchema } from './common.ts';
import { secretSchema } from './pipeline.ts';

/** Kinds of receivers; each has an adapter of its own. */
export const channelKinds = ['slack', 'teams', 'pagerduty', 'webhook', 'mail'] as const;
export type ChannelKind = (typeof channelKinds)[number];

export const channelTopics = ['rollouts', 'runs', 'approvals', 'problems'] as const;
export type ChannelTopic = (typeof channelTopics)[number];

export const severities = ['info', 'warning', 'error'] as const;
export type Severity = (typeof severities)[number];

const address = z
  .string()
  .max(2048)
  .regex(/^https?:\/\/[^\s/]+[^\s]*$/, 'use an address that begins with https:// or http://');
/** Values of the parts of a mail address list go into headers: one line each. */
const mailAddress = z
  .string()
  .min(3)
  .max(320)
  .regex(/^[^\s@<>,;"]+@[^\s@<>,;"]+$/, 'use an address such as team@example.com');

const api = (usual: string, what: string) =>
  address.default(usual).meta({ description: `${what}; another one for a gateway of your own.` });

export const receiverSchemas = {
  slack: z.strictObject({
    token: secretSchema.meta({ description: 'Bot token (xoxb-…) with the scope chat:write.' }),
    channel: z
      .string()
      .min(1)
      .max(80)
      .meta({ description: 'Id (C0123456789) or name of the conversation; the app is in it.' }),
    api: api('https://slack.com/api', 'Address of the Web API'),
  }),
  teams: z.strictObject({
    url: secretSchema.meta({
      description: 'Address of an incoming webhook or of a workflow: it is a secret by itself.',
    }),
  }),
  pagerduty: z.strictObject({
    routingKey: secretSchema.meta({
      description: 'Integration key of an Events API v2 integration, 32 characters.',
    }),
    api: api('https://events.pagerduty.com', 'Address of the Events API; events.eu.pagerduty.com'),
  }),
  webhook: z.strictObject({
    url: z
      .union([address, secretSchema])
      .meta({ description: 'Where deliveries are posted, or the secret that holds it.' }),
    secret: secretSchema.meta({ description: 'Key of the signature; the receiver has the same.' }),
    format: z.enum(['tidegate', 'cdevents']).default('tidegate').meta({
      description:
        'cdevents: what CDEvents has a word for, as CloudEvents in structured mode; several at once as a batch.',
    }),
  }),
  mail: z.strictObject({
    to: z.array(mailAddress).min(1).max(50),
    from: mailAddress,
    smtp: z.strictObject({
      host: z.string().min(1).max(253),
      port: z.int().min(1).max(65_535).default(587),
      secure: z.boolean().default(false).meta({
        description: 'TLS from the first byte (port 465). Else STARTTLS, where the server has it.',
      }),
      user: z.string().max(320).optional(),
      password: secretSchema.optional(),
    }),
  }),
} as const;

/** An event's name, or its beginning with `*`. */
const pattern = z
  .string()
  .max(128)
  .regex(
    /^(\*|[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)*(\.?\*)?)$/,
    'use a name such as rollout.opened or rollout.*',
  );

const template = z.string().max(8192);

export const channelSpecSchema = z
  .strictObject({
    description: z.string().max(1024).optional(),
    slack: receiverSchemas.slack.optional(),
    teams: receiverSchemas.teams.optional(),
    pagerduty: receiverSchemas.pagerduty.optional(),
    webhook: receiverSchemas.webhook.optional(),
    mail: receiverSchemas.mail.optional(),
    topics: z.array(z.enum(channelTopics)).max(channelTopics.length).default([]).meta({
      description:
        'Of what it tells. Everything when empty; with events given, whatever these name.',
    }),
    events: z.array(pattern).max(50).default([]).meta({
      description: 'Names of events such as rollout.rolledBack, or beginnings: rollout.*.',
    }),
    applications: z.array(nameSchema).max(500).default([]).meta({
      description: 'Only what is about one of these; everything when empty.',
    }),
    environments: z.array(nameSchema).max(500).default([]).meta({
      description: 'Only what is about one of these; what has no environment is left out then.',
    }),
    outcomes: z
      .array(z.enum(['done', 'refused', 'failed']))
      .max(3)
      .default([]),
    severity: z.enum(severities).default('info').meta({ description: 'The least that is told.' }),
    templates: z
      .strictObject({
        title: template.optional(),
        text: template.optional(),
      })
      .prefault({})
      .meta({
        description:
          'Words of your own, with ${{ CEL }} over event, subject, figures, severity, links and channel.',
      }),
  })
  .refine(
    (spec) => channelKinds.filter((kind) => spec[kind] !== undefined).length === 1,
    byRule(`give just one of ${channelKinds.join(', ')}`, {
      fields: channelKinds,
      hint: `Keep one of ${channelKinds.join(', ')}; a second receiver is a second Channel.`,
      mended: { teams: { url: { env: 'TIDEGATE_SECRET_TEAMS' } } },
      exactlyOne: true,
    }),
  );

export const channelSchema = documentSchema('Channel', channelSpecSchema);
export type Channel = z.output<typeof channelSchema>;
export type ChannelSpec = Channel['spec'];
export type Receiver<K extends ChannelKind = ChannelKind> = z.output<(typeof receiverSchemas)[K]>;

/** Which kind of receiver a channel has; the schema lets none or two through to nobody. */
export function kindOf(spec: ChannelSpec): ChannelKind {
  return channelKinds.find((kind) => spec[kind] !== undefined) ?? 'webhook';
}
