import { expect, test } from 'vitest';
import { key, telling, theSecret, vendorTests } from '../vendor.fixture.ts';
import { influxdbSource } from './influxdb.ts';

/** In the form that the reference of annotated CSV shows: annotations, names, records; an empty line ends a table. */
const table = (datatype: string, ...records: readonly string[]) =>
  [
    '#group,false,false,true,false,true',
    `#datatype,string,long,dateTime:RFC3339,${datatype},string`,
    '#default,_result,,,,',
    ',result,table,_time,_value,host',
    ...records,
    '',
    '',
  ].join('\r\n');

const query = `from(bucket: "metrics")
  |> range(start: -5m)
  |> filter(fn: (r) => r._measurement == "errors" and r.release == "{{release}}")
  |> sum()`;

const { ask, asked } = vendorTests({
  name: 'influxdb',
  make: influxdbSource,
  settings: { org: 'shop & web', query, token: key },
  pages: {
    value: table('double', ',,0,2024-01-01T00:00:00Z,15.43,A', ',,0,2024-01-01T00:01:00Z,0.5,A'),
    noData: '\r\n',
    empty: '',
    header: table('double'),
    tables: `${table('long', ',,0,t,7,"a, ""b"""', ',,1,t,8,')}${table('unsignedLong', ',other,0,t,9,x')}`,
    nulls: table('double', ',,0,t,,A'),
    lastNull: table('double', ',,0,t,3,A', ',,0,t,,A'),
    odd: table('double', ',,0,t,NaN,A', ',,1,t,+Inf,A', ',,2,t,-Inf,A'),
    plain: ',result,table,_value\n,_result,0,4\n',
    words: table('string', ',,0,t,fine,A'),
    flags: table('boolean', ',,0,t,true,A'),
    notNumber: table('double', ',,0,t,12x,A'),
    noValue:
      '#datatype,string,long,double\n#group,false,false,false\n#default,_result,,\n,result,table,mean\n,,0,1\n',
    short: table('double', ',,0,t'),
    open: '#datatype,string,long,double\n,result,table,_value\n,,0,"1',
    // The query failed while it ran: a table of its own, with status 200.
    late: `${table('double', ',,0,t,1,A')}#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,"Failed, to parse query",897\r\n`,
    told: `#datatype,string,string\n,error,reference\n,${telling},1\n`,
    wrong: (answer) =>
      answer.writeHead(400).end('{"code":"invalid","message":"compilation failed: error @1:5"}'),
  },
});

test('the last value of the table, asked for as documented', async () => {
  const answer = await ask('value');
  const filled = query.replace('{{release}}', 'r-2');
  expect(answer).toEqual({ ok: true, value: { result: [0.5] }, query: filled, baseline: null });
  const last = asked.at(-1);
  expect(last).toMatchObject({ method: 'POST', path: '/api/v2/query' });
  expect(last?.query.get('org')).toBe('shop & web');
  expect(last?.headers).toMatchObject({
    authorization: `Token ${theSecret}`,
    accept: 'application/csv',
    'content-type': 'application/json',
  });
  expect(JSON.parse(last?.body ?? '')).toEqual({
    query: filled,
    type: 'flux',
    dialect: { header: true, delimiter: ',', annotations: ['datatype', 'group', 'default'] },
  });
});

test.each([
  ['empty', null],
  ['header', null],
  ['nulls', null],
  ['lastNull', { result: [3] }],
  ['tables', { result: [7, 8, 9] }],
  ['odd', { result: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] }],
  ['plain', { result: [4] }],
])('%s', async (mode, value) => {
  expect(await ask(mode)).toMatchObject({ ok: true, value });
});

test.each([
  ['words', 'TG1402', 'not a number: string "fine"'],
  ['flags', 'TG1402', 'not a number: boolean "true"'],
  ['notNumber', 'TG1402', 'not a number: double "12x"'],
  ['noValue', 'TG1402', 'there is no column _value'],
  ['short', 'TG1402', 'a row is not as long as its header'],
  ['open', 'TG1402', 'a quote is not closed'],
  ['late', 'TG1402', 'the query failed: Failed, to parse query'],
  ['wrong', 'TG1401', 'compilation failed'],
])('%s is %s', async (mode, code, detail) => {
  const answer = await ask(mode);
  expect(!answer.ok && answer.problem.code).toBe(code);
  expect(!answer.ok && answer.problem.detail).toContain(detail);
});

test.each([
  ['r.a == "{{args.x}}"', 'say "no" \\ or\nnot', 'r.a == "say \\"no\\" \\\\ or\\nnot"'],
  ['r.a == "{{args.x}}"', '', 'r.a == ""'],
  ['r.a > {{args.x}}', '-0.5', 'r.a > -0.5'],
  ['range(start: -{{args.x}})', '5m', 'range(start: -5m)'],
  ['r.a / 2.0 == "{{args.x}}"', 'a b', 'r.a / 2.0 == "a b"'],
  ['r.a =~ /"/ and r.b == "{{args.x}}"', 'a b', 'r.a =~ /"/ and r.b == "a b"'],
  ['r.a == "{{args.x}}"', '${r.secret}', null],
  ['r.a > {{args.x}}', '0 or true', null],
  ['r.a =~ /{{args.x}}/', 'a/ or true', null],
  ['r.a =~ /it"s/ and r.b > {{args.x}}', '0 or true', null],
  ['r.a =~ /it\\/"s/ and r.b > {{args.x}}', '0 or true', null],
  ['if exists r.a then /it"s/ else {{args.x}}', '0 or true', null],
  ['r.a // it"s\n> {{args.x}}', '0 or true', null],
  ['r.a == "${r.b + "" + r.c}{{args.x}}"', 'a b', null],
  ['r.a == "\\"" and r.b > {{args.x}}', '0 or true', null],
])('%s with %j', async (template, x, expected) => {
  const before = asked.length;
  const answer = await ask('value', { query: template }, { x });
  expect(answer.ok ? answer.query : null).toBe(expected);
  expect(asked.length - before).toBe(expected === null ? 0 : 1);
});
