import { z } from 'zod';
import { byRule, durationSchema } from './common.ts';
import { secretSchema } from './pipeline.ts';

const httpUrl = z
  .string()
  .max(4096)
  .regex(/^https?:\/\/|^\{\{/, 'use an http or https address');
const headersSchema = z
  .array(z.strictObject({ name: z.string().max(128), value: z.string().max(4096) }))
  .max(20)
  .default([]);

/** Where a secret may be sent to is written out: no argument has a say in it. */
const fixedUrl = z
  .string()
  .max(2048)
  .regex(
    /^https?:\/\/[^\s/{}?#]+[^\s{}?#]*$/,
    'use an http or https address without a query, written out without {{…}}',
  )
  .refine((address) => URL.canParse(address), 'use an http or https address');
const ownUrl = fixedUrl
  .optional()
  .meta({ description: 'Another address, for a gateway of yours.' });

const queryText = z.string().min(1).max(8192);
const query = (language: string, more = '') =>
  queryText.meta({
    description: `${language}; may hold {{release}}, {{stable}}, {{application}}, {{environment}} and {{args.NAME}}.${more}`,
  });
const timeout = durationSchema.default(10_000);
const windowSchema = durationSchema
  .refine((ms) => ms >= 1_000 && ms % 1_000 === 0, 'use whole seconds, at least 1s')
  .default(300_000);
const window = windowSchema.meta({ description: 'How far back it looks; whole seconds.' });

const perSeries = 'result has one number per series (result[0]): its newest point.';

const datadog = z.strictObject({
  site: z
    .enum([
      ...(['datadoghq.com', 'us3.datadoghq.com', 'us5.datadoghq.com', 'datadoghq.eu'] as const),
      ...(['ap1.datadoghq.com', 'ap2.datadoghq.com', 'uk1.datadoghq.com'] as const),
      ...(['ddog-gov.com', 'us2.ddog-gov.com'] as const),
    ])
    .default('datadoghq.com'),
  address: ownUrl,
  query: query('A metrics query'),
  interval: window,
  apiVersion: z
    .enum(['v1', 'v2'])
    .default('v1')
    .meta({
      description: `v1 (timeseries): ${perSeries} v2 (scalar): one number per group of the formula.`,
    }),
  aggregator: z
    .enum(['avg', 'last', 'max', 'min', 'sum', 'percentile', 'mean', 'l2norm', 'area'])
    .default('last')
    .meta({ description: 'v2: how the points of the interval become one number.' }),
  queries: z
    .record(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/), queryText)
    .default({})
    .meta({ description: 'v2: further queries by the name that formula has for them.' }),
  formula: z.string().min(1).max(2048).default('query').meta({
    description: 'v2: arithmetic over query and queries, such as errors / query.',
  }),
  apiKey: secretSchema,
  appKey: secretSchema.meta({ description: 'Application key with the scope timeseries_query.' }),
  timeout,
});

const text = z.string().min(1).max(255);
const metricStat = z.strictObject({
  namespace: text,
  metricName: text,
  dimensions: z
    .array(z.strictObject({ name: text, value: z.string().min(1).max(1024) }))
    .max(30)
    .default([]),
  stat: z.string().min(1).max(64).meta({ description: 'Sum, Average, SampleCount, p99 …' }),
  unit: z.string().max(64).optional(),
});
const metricDataQuery = z
  .strictObject({
    id: z.string().regex(/^[a-z][A-Za-z0-9_]{0,254}$/, 'begin with a lower-case letter'),
    expression: z.string().min(1).max(2048).optional(),
    metricStat: metricStat.optional(),
    returnData: z.boolean().default(true),
  })
  .refine(
    (one) => (one.expression === undefined) !== (one.metricStat === undefined),
    byRule('give expression or metricStat', {
      fields: ['expression', 'metricStat'],
      hint: 'Keep one of them.',
      mended: { expression: '1' },
      exactlyOne: true,
    }),
  );

const cloudwatch = z
  .strictObject({
    region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-[0-9]+$/, 'use a region such as eu-central-1'),
    address: ownUrl,
    expression: query('Metric math, SEARCH or Metrics Insights', ` ${perSeries}`).optional(),
    metricDataQueries: z.array(metricDataQuery).min(1).max(100).optional().meta({
      description: 'As of GetMetricData; result has the newest number of each by its id.',
    }),
    period: windowSchema.default(60_000).meta({
      description: 'Length of one point: 1, 5, 10, 20 or 30 seconds, or whole minutes.',
    }),
    window,
    credentials: z.strictObject({
      accessKeyId: secretSchema,
      secretAccessKey: secretSchema,
      sessionToken: secretSchema.optional(),
    }),
    timeout,
  })
  .refine(
    (one) => (one.expression === undefined) !== (one.metricDataQueries === undefined),
    byRule('give expression or metricDataQueries', {
      fields: ['expression', 'metricDataQueries'],
      hint: 'Keep one of them.',
      mended: { expression: '1' },
      exactlyOne: true,
    }),
  )
  .refine(
    ({ period }) => period % 60_000 === 0 || [1, 5, 10, 20, 30].includes(period / 1_000),
    byRule('use a period that CloudWatch has', {
      fields: ['period'],
      hint: 'Use 1s, 5s, 10s, 20s, 30s or whole minutes.',
      mended: { period: '60s' },
    }),
  )
  .refine(
    (one) => one.window >= one.period,
    byRule('let window hold one period at least', {
      fields: ['window', 'period'],
      hint: 'Use a longer window.',
      mended: { window: '90d' },
    }),
  );

const newrelic = z.strictObject({
  region: z.enum(['us', 'eu']).default('us'),
  address: ownUrl,
  account: z.int().min(1),
  query: query('NRQL', ' result has its rows: result[0].count.'),
  key: secretSchema.meta({ description: 'User key.' }),
  timeout,
});

const access = {
  username: z.string().min(1).max(256).optional(),
  token: secretSchema.optional().meta({
    description: 'Sent as a Bearer token; with username, as the password of HTTP Basic.',
  }),
};

const graphite = z.strictObject({
  address: fixedUrl,
  query: query('A target of the render API', ` ${perSeries}`),
  window,
  ...access,
  timeout,
});

const influxdb = z.strictObject({
  address: fixedUrl,
  org: z.string().min(1).max(256),
  query: query('Flux', ' result has the last _value of each table: result[0].'),
  token: secretSchema.meta({ description: 'API token that may read the buckets.' }),
  timeout,
});

const loki = z.strictObject({
  address: fixedUrl,
  query: query(
    'A metric query in LogQL, such as sum(count_over_time({app="{{application}}"} |= "error" [5m]))',
    ' result is a number, or a list of them.',
  ),
  tenant: z
    .string()
    .regex(/^[A-Za-z0-9!._*'()|-]{1,150}$/, 'use what X-Scope-OrgID may hold')
    .optional()
    .meta({ description: 'Sent as X-Scope-OrgID; several with | between them.' }),
  ...access,
  timeout,
});

/** Where a metric's value comes from. Exactly one. */
export const providerSchema = z.union([
  z.strictObject({
    router: z.strictObject({}).meta({
      description:
        "The router's own counters of the candidate and of the stable release since the last measurement: result.requests, result.errors, result.errorRate (0–1), result.rps, result.p50, result.p95, result.p99 (seconds); stable.* the same.",
    }),
  }),
  z.strictObject({
    prometheus: z.strictObject({
      address: httpUrl,
      query: z.string().min(1).max(8192),
      headers: headersSchema,
      timeout: durationSchema.default(10_000),
    }),
  }),
  z.strictObject({
    web: z.strictObject({
      url: httpUrl,
      method: z.enum(['GET', 'POST', 'PUT']).default('GET'),
      headers: headersSchema,
      body: z.string().max(65_536).optional(),
      jsonPath: z.string().max(512).default('$').meta({
        description: 'RFC 9535 path of the value in the answer, in its simple form: $.a.b[0].',
      }),
      timeout: durationSchema.default(10_000),
    }),
  }),
  z.strictObject({ datadog }),
  z.strictObject({ cloudwatch }),
  z.strictObject({ newrelic }),
  z.strictObject({ graphite }),
  z.strictObject({ influxdb }),
  z.strictObject({ loki }),
]);

export type Provider = z.output<typeof providerSchema>;

type Settings<P> = P extends unknown ? P[keyof P] : never;
/** The settings of one provider, by its key: `ProviderOf<'loki'>`. */
export type ProviderOf<K extends string> = Settings<
  Extract<Provider, { readonly [N in K]: unknown }>
>;
