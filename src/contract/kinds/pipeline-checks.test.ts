import { expect, test } from 'vitest';
import { parseDocuments } from './validate.ts';

const pipeline = (spec: string): string =>
  `apiVersion: tidegate.dev/v1\nkind: Pipeline\nmetadata: { name: p }\nspec:\n${spec}`;
/** What is told of a pipeline, each with the next few characters of the place that it is told of. */
const told = (spec: string): readonly string[] => {
  const text = pipeline(spec);
  return parseDocuments(text, 'p.yaml').problems.map(({ code, where, detail, hint }) => {
    const line = text.split('\n')[(where?.line ?? 0) - 1] ?? '';
    const at = (where?.column ?? 0) - 1;
    return `${code} ‹${line.slice(at, at + 12)}› ${detail} → ${hint}`;
  });
};
const head = `  inputs:
    page: { default: / }
    count: { type: number, default: 3 }
  variables: { site: https://x.test }
  environments:
    production: { variables: { zone: eu } }
  secrets: { token: { env: TIDEGATE_SECRET_T } }
  steps:
`;
const ofSteps = (steps: string): readonly string[] => told(head + steps);

test.each<readonly [what: string, steps: string, ...told: string[]]>([
  [
    'a name twice, in two sections',
    `    - { name: a, wait: { duration: 1s } }
  finally:
    - { name: a, wait: { duration: 1s } }`,
    'TG1006 ‹a, wait: { d› A step a is there already, under steps. → Steps are told apart by their names, in all sections; rename one.',
  ],
  [
    'an unknown need',
    `    - { name: build, wait: { duration: 1s } }
    - { name: b, needs: [biuld], wait: { duration: 1s } }`,
    'TG1007 ‹biuld], wait› b needs biuld, and there is no such step. → Did you mean build?',
  ],
  [
    'needs across sections',
    `    - { name: a, needs: [c], wait: { duration: 1s } }
  finally:
    - { name: c, needs: [a], wait: { duration: 1s } }`,
    'TG1012 ‹c], wait: { › a is under steps and needs c, which is under finally. → A step under steps can need only other steps there.',
    'TG1012 ‹a], wait: { › c is under finally and needs a, which is under steps. → Remove the need: finally begins when what is before it is over, and sees its statuses and outputs.',
  ],
  [
    'a circle',
    `    - { name: a, needs: [c], wait: { duration: 1s } }
    - { name: b, needs: [a], wait: { duration: 1s } }
    - { name: c, needs: [{ step: b, is: [failed] }], wait: { duration: 1s } }
    - { name: d, needs: [d], wait: { duration: 1s } }`,
    'TG1011 ‹a], wait: { › Steps need each other in a circle: a needs c needs b needs a. → Remove one of the needs that are named.',
    'TG1011 ‹d], wait: { › d needs itself. → Remove one of the needs that are named.',
  ],
  [
    'a status that never is',
    `    - { name: a, wait: { duration: 1s } }
    - { name: b, needs: [{ step: a, is: [skipped] }], wait: { duration: 1s } }
    - { name: c, needs: [b], wait: { duration: 1s } }
    - { name: d, needs: [{ step: b, is: [omitted] }], wait: { duration: 1s } }`,
    'TG1012 ‹a, is: [skip› b begins when a skipped, and that never ends so. → a can end succeeded, failed, errored, cancelled.',
    'TG1012 ‹b], wait: { › c begins when b succeeded or skipped, and that never ends so. → b can end omitted.',
  ],
  [
    'two needs of one step that cannot both be',
    `    - { name: a, wait: { duration: 1s } }
    - { name: b, needs: [a, { step: a, is: [failed] }], wait: { duration: 1s } }`,
    'TG1012 ‹a, is: [fail› b needs a twice, with statuses that cannot both be. → Name all statuses in one need.',
  ],
  [
    'a condition that is never true',
    `    - { name: a, when: 'false', wait: { duration: 1s } }
    - { name: b, when: 1 > 2, wait: { duration: 1s } }
    - { name: c, repeat: { limit: 3, until: 'false' }, wait: { duration: 1s } }`,
    "TG1012 ‹'false', wai› false is never true. → Remove the step, or the condition.",
    'TG1012 ‹1 > 2, wait:› 1 > 2 is never true. → Remove the step, or the condition.',
    "TG1014 ‹'false' }, w› false is never true. → Ask for something that can become true.",
  ],
  [
    'too many combinations, and too many rounds',
    `    - name: a
      forEach: { matrix: { x: [1,2,3,4,5,6,7,8,9], y: [1,2,3,4,5,6,7,8,9], z: [1,2,3,4] } }
      wait: { duration: 1s }
    - { name: b, repeat: { until: round > 2, limit: 1000 }, retry: { limit: 20 }, wait: { duration: 1s } }`,
    'TG1014 ‹{ x: [1,2,3,› a has 324 combinations; a step has at most 256 instances. → Shorten the lists, or make two steps of it.',
    'TG1014 ‹1000 }, retr› b could be done 21000 times, with its instances, rounds and tries; at most 10000. → Give a smaller limit, or a longer interval between fewer rounds.',
  ],
  [
    'expressions in programs',
    `    - name: a
      shell:
        script: |
          echo one
          echo "\${{ inputs.page }}"
    - { name: b, shell: { command: [echo, 'x\${{ 1 }}'] } }
    - { name: c, container: { image: x, command: ['\${{'] } }`,
    'TG1013 ‹${{ inputs.p› A program takes no expressions: a value must not become a part of it. → Hand the value over in env, such as NAME: ${{ … }}, and read "$NAME".',
    'TG1013 ‹${{ 1 }}\'] }› A program takes no expressions: a value must not become a part of it. → Hand the value over in env, such as NAME: ${{ … }}, and read "$NAME".',
    'TG1013 ‹\'${{\'] } }› A program takes no expressions: a value must not become a part of it. → Hand the value over in env, such as NAME: ${{ … }}, and read "$NAME".',
  ],
  [
    'unknown names in expressions',
    `    - name: a
      when: input.page == "x"
      shell: { command: [x], env: { A: 'y \${{ inputs.paeg }}', B: '\${{ secrets.token }}', C: '\${{ item }}' } }
    - { name: b, notify: { channels: [], message: '\${{ variables.zone }} \${{ run.releas }} \${{ variables.x }}' } }
    - { name: c, environment: production, notify: { channels: [c], message: '\${{ variables.zone + variables.site }}' } }`,
    'TG1013 ‹input.page =› There is no input here. → Did you mean inputs?',
    'TG1007 ‹inputs.paeg › There is no inputs.paeg. → Did you mean page?',
    'TG1013 ‹secrets.toke› There is no secrets here. → A secret is handed over with { secret: NAME }, in env, headers or token.',
    "TG1013 ‹item }}' } }› There is no item here. → item and index are seen only in a step with forEach, and not in its list.",
    'TG1004 ‹[], message:› spec.steps.1.notify.channels: a list of 0 is less than the 1 that are needed. → Give 1 to 20 items.',
    'TG1007 ‹variables.zo› variables.zone has a value only in production. → Add environment: production to the step, or a value under spec.variables.',
    'TG1007 ‹run.releas }› There is no run.releas. → Did you mean release?',
    'TG1007 ‹variables.x › There is no variables.x. → Declare it under spec.variables.',
  ],
  [
    'steps that are not upstream, or are not there',
    `    - { name: one, http: { url: 'https://x.test' } }
    - { name: two, http: { url: 'https://x.test/\${{ steps.one.outputs.x }}' } }
    - { name: three, needs: [two], when: steps.oen.status == "x" || steps.two.state == "x" || steps.three.attempt > 1, wait: { duration: 1s } }
    - { name: four, needs: [three], when: 'steps["two"].status == "failed"', wait: { duration: 1s } }
  onFailure:
    - { name: five, when: steps.one.status == "failed" && steps.six.status == "x", wait: { duration: 1s } }
  finally:
    - { name: six, when: 'steps.five.status == "failed" || steps.one.items == []', wait: { duration: 1s } }`,
    'TG1007 ‹steps.one.ou› two asks for one, which it does not need, so that it may not be over. → Add it: needs: [one].',
    'TG1007 ‹steps.oen.st› There is no step oen. → Did you mean one?',
    'TG1007 ‹steps.two.st› A step has no state: steps["two"]. → It has status, outputs, attempt.',
    'TG1007 ‹steps.three.› three asks for itself. → In repeat.until, outputs are those of the round.',
    'TG1007 ‹steps.six.st› five asks for six, which it does not need, so that it may not be over. → finally runs after onFailure.',
    'TG1007 ‹steps.one.it› A step has no items: steps["one"]. → It has status, outputs, attempt.',
  ],
  [
    'expressions that do not compile, or have the wrong type',
    `    - { name: a, when: inputs.page, wait: { duration: 1s } }
    - { name: b, when: inputs.page + 1 == "x", wait: { duration: 1s } }
    - { name: c, when: 'inputs.count > ', wait: { duration: 1s } }
    - { name: d, when: '\${{ inputs.count > 1 }}', wait: { duration: 1s } }
    - { name: e, wait: { duration: '\${{ inputs.page ' } }
    - name: f
      notify:
        channels: [c]
        message: |
          Hello,
          it is \${{ inputs.page.matches("x") }}.
    - { name: g, when: 'inputs.count + 1 == 2 && inputs.count in [1, 2] && round > 1', wait: { duration: 1s } }`,
    'TG1013 ‹inputs.page,› inputs.page gives string, not true or false. → Compare it with something, such as == "yes".',
    'TG1013 ‹inputs.page › inputs.page + 1 == "x" cannot be used: no such overload: string + int. → Mend the CEL expression at the position shown.',
    "TG1013 ‹', wait: { d› inputs.count > cannot be used: Unexpected token: EOF. → Mend the CEL expression at the position shown.",
    "TG1013 ‹'${{ inputs.› This is an expression already; ${{ … }} is for texts. → Write the expression alone, without ${{ and }}.",
    "TG1013 ‹'${{ inputs.› This ${{ is not closed by }}. → Close it; brackets and quotes within must be closed as well.",
    'TG1013 ‹inputs.page.› inputs.page.matches("x") cannot be used: the function matches is not available. → Use contains, startsWith or endsWith.',
    "TG1013 ‹round > 1', › There is no round here. → round is seen in repeat.until.",
  ],
  [
    'settings that cannot work',
    `    - { name: a, approve: { approvers: [ada, bob, ada], count: 3 } }
    - { name: b, wait: { duration: soon } }
    - { name: c, wait: { until: tomorrow } }
    - { name: d, wait: { window: { rrule: FREQ=NEVER, duration: 1h, timezone: Mars/Base } } }
    - { name: e, http: { url: x.test, headers: { a: { secret: tokne } } } }
    - { name: f, git: { commit: { message: m, files: { ../x: y } } } }
    - { name: g, container: { image: x, env: { A: { secret: other } } } }`,
    'TG1012 ‹3 } }› 3 must approve, and 2 people may. → Use at most 2, or name more approvers.',
    'TG1004 ‹soon } }› "soon" is not a duration. → Use a duration such as 30s, 10m or 1h30m, of at most 90d.',
    'TG1004 ‹tomorrow } }› "tomorrow" is not a time with its zone. → Use ISO 8601, such as 2026-05-01T09:00:00Z or 2026-05-01T09:00:00+02:00.',
    'TG1004 ‹Mars/Base } › Mars/Base is not a time zone of the IANA database. → Use a name such as Europe/Berlin or UTC.',
    'TG1004 ‹x.test, head› "x.test" is no http or https address. → Begin it with https:// or http://.',
    'TG1007 ‹tokne } } } › There is no secret tokne. → Did you mean token?',
    'TG1010 ‹y } } } }› "../x" is not a path of a file in a repository. → Use a path inside the repository, with no .. and no symlink out of it.',
    'TG1007 ‹other } } } › There is no secret other. → Declare it under spec.secrets, with env or file.',
  ],
])('%s', (_what, steps, ...expected) => {
  expect(ofSteps(steps)).toEqual(expected);
});

test('triggers, inputs, secrets and groups', () => {
  expect(
    told(`  inputs:
    page: {}
    count: { type: number, default: three }
  secrets:
    a: { env: HOME }
    b: { file: ../b }
  concurrency: { group: 'g-\${{ steps.a.status }}-\${{ inputs.pge }}' }
  triggers:
    - { name: one, push: {}, inputs: { page: '\${{ event.ref }}', pag: x } }
    - { name: one, cron: { schedule: 0 25 * * *, timezone: Mars }, when: inputs.page == "x", inputs: { page: x } }
    - { name: two, cron: { schedule: '* * * * * *' } }
    - { name: three, webhook: { from: github, secret: x }, when: event.ref, inputs: { page: x } }
    - { name: four, cron: { schedule: 0 0 30 2 * }, inputs: { page: x } }
  steps: [{ name: a, wait: { duration: 1s } }]
`),
  ).toEqual([
    'TG1004 ‹three }› The default of count is a string, and its type is number. → Write a number, or declare type: string.',
    'TG1004 ‹HOME }› A step may not read the variable HOME. → Use a name that begins with TIDEGATE_SECRET_, and set it on every worker.',
    'TG1004 ‹../b }› "../b" is not the name of a file below the worker\'s directory of secrets. → Use a relative name without .., such as slack/token.',
    'TG1013 ‹steps.a.stat› There is no steps here. → It sees inputs, run, event.',
    'TG1007 ‹inputs.pge }› There is no inputs.pge. → Did you mean page?',
    'TG1007 ‹x } }› There is no input pag. → Did you mean page?',
    'TG1006 ‹one, cron: {› A trigger one is there already. → Its memory is kept by its name; rename one.',
    'TG1004 ‹0 25 * * *, › "0 25 * * *" is no schedule. → Use five fields, minute hour day month weekday, such as 0 3 * * 1-5.',
    'TG1004 ‹Mars }, when› Mars is not a time zone of the IANA database. → Use a name such as Europe/Berlin or UTC.',
    'TG1013 ‹inputs.page › There is no inputs here. → It sees event.',
    'TG1007 ‹{ name: two,› Trigger two does not give the input page, which has no default. → Add inputs: { page: … } to the trigger, or a default to the input.',
    'TG1004 ‹\'* * * * * *› "* * * * * *" does not have five fields. → Use five fields, minute hour day month weekday, such as 0 3 * * 1-5.',
    'TG1007 ‹x }, when: e› There is no secret x. → Did you mean a?',
    'TG1004 ‹0 0 30 2 * }› "0 0 30 2 *" never comes. → Use five fields, minute hour day month weekday, such as 0 3 * * 1-5.',
  ]);
});

test('all that is right is taken', () => {
  expect(
    ofSteps(`    - { name: a, when: run.trigger != "cron" && event.x == 1, http: { url: '\${{ variables.site }}\${{ inputs.page }}', expect: { condition: response.status == 200 }, outputs: { v: response.body.v } } }
    - name: b
      needs: [{ step: a, is: [succeeded, skipped] }]
      forEach: { items: '\${{ steps.a.outputs.v }}' }
      when: item.on && index % 2 == 0 && has(item.x)
      repeat: { until: outputs.ready == true || round > 2 || item == 1, limit: 5 }
      state: { environment: production, until: state.stable != null, outputs: { s: state.stable } }
    - { name: c, needs: [b], continueOnError: true, wait: { duration: '\${{ inputs.count }}s' }, when: 'steps.b.items.all(i, i.status == "succeeded") && live.environments["production"].frozen == false && has(steps["a"].outputs.v)' }
    - { name: d, needs: [{ step: c, is: [failed] }], wait: { until: 2026-05-01T09:00:00Z } }
    - { name: e, environment: production, needs: [c], analyze: { environment: production, templates: [x], args: { a: '\${{ variables.zone }}' } } }
    - { name: f, needs: [{ step: e, is: [omitted] }], pipeline: { name: other, inputs: { a: ['\${{ steps.c.status }}'] } } }
  onFailure:
    - { name: g, git: { commit: { message: '\${{ steps.a.status }}', files: { a/b.txt: null } } } }
  finally:
    - { name: h, needs: [], when: 'run.failed || steps.g.status == "failed"', approve: { approvers: [ada], roles: [admin], count: 5 } }`),
  ).toEqual([]);
});

test('pipelines are checked beside each other', async () => {
  const { validateAll } = await import('./validate.ts');
  const calls = (name: string, called: string, inputs = '{}'): string =>
    `${pipeline(`  steps: [{ name: x, pipeline: { name: ${called}, inputs: ${inputs} } }]\n`).replace('name: p', `name: ${name}`)}---\n`;
  const other = pipeline(
    '  inputs: { must: {}, may: { default: x } }\n  steps: [{ name: a, deploy: { environment: prod }, environment: prd }, { name: b, notify: { channels: [ops], message: m } }, { name: c, analyze: { environment: prod, templates: [none], application: shop } }]\n',
  ).replace('name: p', 'name: other');
  const environment =
    '---\napiVersion: tidegate.dev/v1\nkind: Environment\nmetadata: { name: prod }\nspec: { waves: [{ targets: [t] }] }\n---\napiVersion: tidegate.dev/v1\nkind: Target\nmetadata: { name: t }\nspec: { driver: process }\n';
  const text = [
    calls('a', 'b'),
    calls('b', 'c'),
    calls('c', 'a'),
    calls('self', 'self'),
    calls('right', 'other', '{ must: 1 }'),
    calls('wrong', 'other', '{ my: 1 }'),
    calls('lost', 'rihgt'),
    calls('to-circle', 'a'),
    other,
    environment,
  ].join('');
  expect(
    validateAll([{ path: 'f', text }]).map((one) => `${one.code} ${one.detail} → ${one.hint}`),
  ).toEqual([
    'TG1011 Pipelines run each other in a circle: a runs b runs c runs a. → Remove one of these steps, or use repeat in a step.',
    'TG1011 Pipelines run each other in a circle: b runs c runs a runs b. → Remove one of these steps, or use repeat in a step.',
    'TG1011 Pipelines run each other in a circle: c runs a runs b runs c. → Remove one of these steps, or use repeat in a step.',
    'TG1011 Pipelines run each other in a circle: self runs self. → Remove one of these steps, or use repeat in a step.',
    'TG1007 Pipeline other needs the input must. → Add inputs: { must: … } beside name.',
    'TG1007 Pipeline other has no input my. → Did you mean may?',
    'TG1007 No Pipeline rihgt is declared. → Did you mean right?',
    'TG1007 No Environment prd is declared. → Did you mean prod?',
    'TG1007 No Channel ops is declared. → Declare the document that is referred to, or mend the name.',
    'TG1007 No AnalysisTemplate none is declared. → Declare the document that is referred to, or mend the name.',
    'TG1007 No Application shop is declared. → Declare the document that is referred to, or mend the name.',
  ]);
});
