import { expect, test } from 'vitest';
import { examples } from './examples.ts';
import { validateAll } from './validate.ts';

const { Application: app, Environment: environment, AnalysisTemplate: template } = examples;
const target = (name: string): string =>
  `apiVersion: tidegate.dev/v1\nkind: Target\nmetadata: { name: ${name} }\nspec: { driver: process }\n`;
const staging =
  'apiVersion: tidegate.dev/v1\nkind: Environment\nmetadata: { name: staging }\nspec: { waves: [{ targets: [s-1] }] }\n';
/** What the examples refer to, so that only the mistake is found. */
const beside = [examples.Target, target('us-1'), target('s-1'), staging].join('---\n');
const found = (files: Readonly<Record<string, string>>): readonly string[] =>
  validateAll(
    Object.entries({ app, environment, template, beside, ...files }).map(([path, text]) => ({
      path,
      text,
    })),
  ).map(
    ({ code, where, detail, hint }) =>
      `${code} ${where?.file}:${where?.line}:${where?.column} ${detail} → ${hint}`,
  );

const swap = (text: string, from: string, to: string): string => {
  expect(text).toContain(from);
  return text.replace(from, to);
};

type Mistake = readonly [what: string, from: string, to: string, ...told: string[]];
/** What a newcomer writes, instead of what, in which of the files; and all that is told of it. */
const mistakes: readonly Mistake[] = [
  [
    'app: two steps in one item',
    '50\n        - analysis',
    '50\n          analysis',
    'TG1004 app:31:11 spec.strategy.canary.steps.2 has setWeight and analysis in one step. → A step does one thing; begin a new item with - for analysis.',
  ],
  [
    'app: a setWeight and a pause in one item',
    '10\n        - pause',
    '10\n          pause',
    'TG1004 app:28:11 spec.strategy.canary.steps.0 has setWeight and pause in one step. → A step does one thing; begin a new item with - for pause.',
  ],
  [
    'app: a pause whose duration is not indented',
    '            duration: 5m',
    '          duration: 5m',
    'TG1004 app:29:11 spec.strategy.canary.steps.1.duration is not a field of a step. → Indent duration below pause.',
  ],
  [
    'app: a strategy whose steps are not indented',
    'blueGreen: {}',
    'progressive:\n        steps: [{ percent: 50 }]',
    'TG1004 app:22:9 spec.environments.0.strategy.steps is not a field of Application. → Indent steps below progressive.',
  ],
  [
    'app: a pause with nothing',
    '- pause:\n            duration: 5m',
    '- pause:',
    'TG1004 app:28:17 spec.strategy.canary.steps.1.pause is empty. → Write pause: {}, or indent one of duration below it.',
  ],
  [
    'app: a step that is a text',
    '- pause:\n            duration: 5m',
    '- pause',
    'TG1004 app:28:11 spec.strategy.canary.steps.1 is "pause", which is no step. → Write pause: {}.',
  ],
  [
    'app: a step that there is not',
    'setWeight: 50',
    'wait: 5m',
    'TG1004 app:30:11 spec.strategy.canary.steps.2.wait is not a step. → Use one of setWeight, pause, analysis, approval, setHeaderRoute.',
  ],
  [
    'app: a mistyped step',
    'setWeight: 50',
    'setWieght: 50',
    'TG1004 app:30:11 spec.strategy.canary.steps.2.setWieght is not a step. → Did you mean setWeight?',
  ],
  [
    'app: a field beside a step',
    'setWeight: 50',
    'setWeight: 50\n          reason: why',
    'TG1004 app:31:11 spec.strategy.canary.steps.2.reason is not a field of a step. → Remove it; a step has setWeight and nothing beside it.',
  ],
  [
    'app: a weight in percent',
    'setWeight: 50',
    'setWeight: 50%',
    'TG1004 app:30:22 spec.strategy.canary.steps.2.setWeight: expected a number, not "50%". → Write only the number: 50.',
  ],
  [
    'app: a weight over 100',
    'setWeight: 50',
    'setWeight: 500',
    'TG1004 app:30:22 spec.strategy.canary.steps.2.setWeight: 500 is more than the 100 that are allowed. → Use a whole number from 0 to 100.',
  ],
  [
    'app: a weight that falls',
    'setWeight: 50',
    'setWeight: 5',
    'TG1008 app:30:22 setWeight 5 does not rise above the 10 before it. → Use a number from 11 to 100.',
  ],
  [
    'app: a duration in words',
    'duration: 5m',
    'duration: 5 minutes',
    'TG1004 app:29:23 spec.strategy.canary.steps.1.pause.duration: use a duration such as 250ms, 30s, 10m or 1h30m. → Write the unit as ms, s, m, h or d, such as duration: 5m.',
  ],
  [
    'app: a duration without a unit',
    'duration: 5m',
    'duration: 300',
    'TG1004 app:29:23 spec.strategy.canary.steps.1.pause.duration: expected a text, not 300. → Write the unit as ms, s, m, h or d, such as duration: 300s.',
  ],
  [
    'app: a number as a variable',
    'CURRENCY: EUR',
    'PORT: 8080',
    'TG1004 app:13:13 spec.run.env.PORT: expected a text, not 8080. → Put it in quotes: PORT: "8080".',
  ],
  [
    'app: a variable with a dash',
    'CURRENCY: EUR',
    'MY-CURRENCY: EUR',
    'TG1004 app:13:7 spec.run.env.MY-CURRENCY is not a name that may stand here. → Rename it: use letters, digits and _, at most 128, and no digit first.',
  ],
  [
    'app: a name with capitals',
    'name: production',
    'name: Production_EU',
    'TG1004 app:22:13 spec.environments.1.name: use lower-case letters, digits and -, starting and ending with a letter or digit. → Use lower-case letters, digits and -, such as production-eu.',
  ],
  [
    'app: a command that is a text',
    '[node, server.js]',
    'node server.js',
    'TG1004 app:11:14 spec.run.command: expected a list, not "node server.js". → Write a list: command: [node, server.js].',
  ],
  [
    'app: a path without /',
    'path: /readyz',
    'path: readyz',
    'TG1004 app:16:15 spec.run.health.readiness.path: "readyz" does not begin with /. → Begin it with /, such as /readyz.',
  ],
  [
    'app: two strategies',
    '        blueGreen: {}',
    '        blueGreen: {}\n        canary: { steps: [{ setWeight: 5 }] }',
    'TG1004 app:21:9 spec.environments.0.strategy: give exactly one of canary, blueGreen, progressive and abTest. → Keep one of canary, blueGreen, progressive and abTest, such as blueGreen: {}.',
  ],
  [
    'app: a strategy that there is not',
    'blueGreen: {}',
    'rolling: {}',
    'TG1004 app:21:9 spec.environments.0.strategy.rolling is not a field of Application. → Use one of canary, blueGreen, progressive, abTest.',
  ],
  [
    'app: a missing source',
    '  source:\n    repository: ../services/checkout.git\n    path: service\n',
    '',
    'TG1004 app:6:3 spec.source is missing. → Add source with repository indented below it.',
  ],
  [
    'app: an empty owner',
    'owner: team-payments',
    'owner:',
    'TG1004 app:6:9 spec.owner is empty. → Add owner, such as owner: team-payments.',
  ],
  [
    'app: templates as a text',
    'templates: [error-rate]',
    'templates: error-rate',
    'TG1004 app:32:24 spec.strategy.canary.steps.3.analysis.templates: expected a list, not "error-rate". → Write a list: templates: [error-rate].',
  ],
  [
    'app: a number as an argument',
    'limit: "0.01"',
    'limit: 0.01',
    'TG1004 app:34:22 spec.strategy.canary.steps.3.analysis.args.limit: expected a text, not 0.01. → Put it in quotes: limit: "0.01".',
  ],
  [
    'app: a mistyped value',
    '  replicas: 2',
    '  artifact: bundel',
    'TG1004 app:17:13 spec.artifact: "bundel" is not one of bundle, image. → Did you mean bundle?',
  ],
  [
    'app: a value of another tool',
    '  replicas: 2',
    '  onNewRelease: cancel',
    'TG1004 app:17:17 spec.onNewRelease: "cancel" is not one of supersede, queue. → Use one of supersede, queue.',
  ],
  [
    'template: a provider that there is not',
    'router: {}',
    'splunk: {}',
    'TG1004 template:11:9 spec.metrics.0.provider.splunk is not a provider. → Use one of router, prometheus, web, datadog, cloudwatch, newrelic, graphite, influxdb, loki.',
  ],
  [
    'template: two providers',
    'router: {}',
    'router: {}\n        web: { url: "http://a" }',
    'TG1004 template:12:9 spec.metrics.0.provider has router and web in one provider. → A provider is one of router, prometheus, web, datadog, cloudwatch, newrelic, graphite, influxdb, loki; keep router or web.',
  ],
  [
    'template: a provider without a query',
    'router: {}',
    'prometheus: { address: "http://p" }',
    'TG1004 template:11:21 spec.metrics.0.provider.prometheus.query is missing. → Add query, a text.',
  ],
  [
    'template: an interval that is missing',
    '      interval: 30s\n',
    '',
    'TG1004 template:9:7 spec.metrics.0: give interval, or count: 1. → Add interval: 30s, or count: 1 to measure once.',
  ],
  [
    'template: a mistyped condition',
    'successCondition',
    'succesCondition',
    'TG1004 template:14:7 spec.metrics.0.succesCondition is not a field of AnalysisTemplate. → Did you mean successCondition?',
  ],
  [
    'environment: two mistakes of a window',
    'FREQ=WEEKLY;BYDAY=FR;BYHOUR=17\n      duration: 63h\n      timezone: Europe/Berlin',
    'every friday\n      duration: 63h\n      timezone: Berlin',
    'TG1004 environment:14:14 RRULE must include FREQ. → Use a rule of RFC 5545 such as FREQ=WEEKLY;BYDAY=FR;BYHOUR=17.',
    'TG1004 environment:16:17 Berlin is not a time zone of the IANA database. → Use a name such as Europe/Berlin or UTC.',
  ],
  [
    'environment: a wave that is a name',
    '- targets: [us-1]',
    '- us-1',
    'TG1004 environment:10:7 spec.waves.1: expected fields of its own, not "us-1". → Write the item as - targets: ….',
  ],
  [
    'app: a match by nothing',
    'setWeight: 50',
    'setHeaderRoute: { match: [{ path: /x }, { header: { name: x } }] }',
    'TG1004 app:30:39 spec.strategy.canary.steps.2.setHeaderRoute.match.0.path is not a match. → Use one of header, cookie.',
    'TG1004 app:30:61 spec.strategy.canary.steps.2.setHeaderRoute.match.1.header: give exactly one of exact, prefix and regex. → Keep one of exact, prefix and regex, such as exact: "beta".',
  ],
  [
    'beside: ports that are exchanged',
    'from: 8100',
    'from: 9100',
    'TG1004 beside:11:7 spec.process.ports: from must not be above to. → Exchange the two, or give a wider range.',
  ],
];

test.each(mistakes)('%s', (what, from, to, ...told) => {
  const [file = ''] = what.split(':');
  const text = { app, environment, template, beside }[file] ?? '';
  expect(found({ [file]: swap(text, from, to) })).toEqual(told);
});

test('a tab is told as what it is', () => {
  expect(found({ app: swap(app, '  replicas: 2', '\treplicas: 2') })).toContain(
    'TG1001 app:17:1 Tabs are not allowed as indentation. → Indent with spaces; YAML takes no tabs there.',
  );
});

test('the examples that the mistakes are made in are right', () => {
  expect(found({})).toEqual([]);
});
