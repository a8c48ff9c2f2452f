import { compileExpression } from '../../platform/cel/expression.ts';
import { parseTemplate } from '../../platform/cel/template.ts';
import type { Channel } from './channel.ts';
import type { Fault } from './fault.ts';
import { nearest } from './nearest.ts';
import { sentence } from './shape.ts';

type Path = readonly PropertyKey[];

/** What a channel shows to be wrong by itself, before it ever tells anything. */
export function channelFaults({ spec }: Channel): readonly Fault[] {
  const templates = (['title', 'text'] as const).flatMap((field) =>
    templateFaults(spec.templates[field] ?? '', ['spec', 'templates', field]),
  );
  return [...templates, ...secretsOf(spec).flatMap(secretFaults), ...loginFaults(spec)];
}

const seen = ['event', 'subject', 'figures', 'severity', 'links', 'channel'] as const;

function templateFaults(text: string, path: Path): readonly Fault[] {
  const template = parseTemplate(text);
  if (!template.ok) {
    const detail = 'This ${{ is not closed by }}.';
    const hint = 'Close it; brackets and quotes within must be closed as well.';
    return [{ path, within: template.at, code: 'TG1013', detail, hint }];
  }
  return template.parts.flatMap((part): readonly Fault[] => {
    if (part.is === 'text') return [];
    const compiled = compileExpression(part.text);
    if (compiled.ok) return nameFaults(compiled.program.shape.reads, path, part.at);
    const { why, hint, at } = compiled.refusal;
    const detail = sentence(`The expression cannot be used: ${why}`);
    return [{ path, within: part.at + at, code: 'TG1013', detail, ...(hint ? { hint } : {}) }];
  });
}

function nameFaults(
  reads: readonly { readonly path: readonly string[]; readonly at: number }[],
  path: Path,
  from: number,
): readonly Fault[] {
  return reads.flatMap(({ path: [name = ''], at }): readonly Fault[] => {
    if (seen.some((one) => one === name)) return [];
    const near = nearest(name, seen);
    return [
      {
        path,
        within: from + at,
        code: 'TG1013',
        detail: `There is no ${name.slice(0, 100)} here.`,
        hint: near ? `Did you mean ${near}?` : `It sees ${seen.join(', ')}.`,
      },
    ];
  });
}

type Place = {
  readonly path: Path;
  readonly ref: { readonly env?: string | undefined; readonly file?: string | undefined };
};

function secretsOf({ slack, teams, pagerduty, webhook, mail }: Channel['spec']): readonly Place[] {
  const url = typeof webhook?.url === 'object' ? webhook.url : undefined;
  const all = [
    { path: ['slack', 'token'], ref: slack?.token },
    { path: ['teams', 'url'], ref: teams?.url },
    { path: ['pagerduty', 'routingKey'], ref: pagerduty?.routingKey },
    { path: ['webhook', 'url'], ref: url },
    { path: ['webhook', 'secret'], ref: webhook?.secret },
    { path: ['mail', 'smtp', 'password'], ref: mail?.smtp.password },
  ];
  return all.flatMap(({ path, ref }) => (ref ? [{ path: ['spec', ...path], ref }] : []));
}

/** What a worker would refuse to read. */
function secretFaults({ path, ref: { env, file } }: Place): readonly Fault[] {
  if (env !== undefined && !/^TIDEGATE_SECRET_[A-Za-z0-9_]+$/.test(env)) {
    return [
      {
        path: [...path, 'env'],
        code: 'TG1004',
        detail: `A channel may not read the variable ${env.slice(0, 100)}.`,
        hint: 'Use a name that begins with TIDEGATE_SECRET_, and set it on every worker.',
      },
    ];
  }
  if (!file?.split('/').some((part) => ['', '.', '..'].includes(part))) return [];
  return [
    {
      path: [...path, 'file'],
      code: 'TG1004',
      detail: `"${file.slice(0, 100)}" is not the name of a file below the worker's directory of secrets.`,
      hint: 'Use a relative name without .., such as slack/token.',
    },
  ];
}

/** A login is a name and a password; one without the other would quietly be none. */
function loginFaults({ mail }: Channel['spec']): readonly Fault[] {
  if (!mail || (mail.smtp.user === undefined) === (mail.smtp.password === undefined)) return [];
  const missing = mail.smtp.user === undefined ? 'user' : 'password';
  return [
    {
      path: ['spec', 'mail', 'smtp'],
      code: 'TG1004',
      detail: `The login has no ${missing}.`,
      hint: 'Give both user and password, or neither.',
    },
  ];
}
