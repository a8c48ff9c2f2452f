import { type CatalogueEntry, entry } from './catalogue-entry.ts';
import { pipelineCatalogue } from './catalogue-pipelines.ts';

/**
 * Every code that Tidegate can answer with. A code is stable for ever: its meaning never changes and it is
 * never used again. `kind` says what the engine does with a failure of this code: `retry` comes back with
 * backoff and a visible reason, `stop` needs a person or a new commit. `status` is the HTTP status of the
 * problem document (RFC 9457). The reference page docs/reference/errors.md is generated from this table.
 *
 * TG10xx documents, TG11xx sources and Git, TG12xx releases, TG13xx rollouts, TG14xx analysis,
 * TG15xx fleet and drivers, TG16xx access and API, TG17xx engine and database, TG18xx set-up and CLI, TG19xx pipelines and notifications.
 */
export const catalogue = {
  TG1001: entry(422, 'stop', 'Not valid YAML', 'Mend the syntax at the position shown.'),
  TG1002: entry(
    422,
    'stop',
    'Not a Tidegate document',
    'Start the document with apiVersion: tidegate.dev/v1 and a kind.',
  ),
  TG1003: entry(422, 'stop', 'Unknown kind', 'Use one of the kinds of docs/reference/kinds.md.'),
  TG1004: entry(
    422,
    'stop',
    'Field is not valid',
    'See docs/reference/kinds.md for the shape of this field.',
  ),
  TG1005: entry(
    422,
    'stop',
    'Document is too large or too deep',
    'Split the document, or remove aliases and nesting.',
  ),
  TG1006: entry(
    422,
    'stop',
    'Declared twice',
    'Remove one of the documents: a kind and name may be declared once.',
  ),
  TG1007: entry(
    422,
    'stop',
    'Unknown reference',
    'Declare the document that is referred to, or mend the name.',
  ),
  TG1008: entry(
    422,
    'stop',
    'Strategy cannot work',
    'Give increasing weights from 1 to 100 with at least one step.',
  ),
  TG1009: entry(
    422,
    'stop',
    'Condition does not compile',
    'Mend the CEL expression; it must give true or false.',
  ),
  TG1010: entry(
    422,
    'stop',
    'Path leaves the repository',
    'Use a path inside the repository, with no .. and no symlink out of it.',
  ),
  TG1011: entry(422, 'stop', 'Steps go in a circle', 'Remove one of the needs that are named.'),
  TG1012: entry(422, 'stop', 'Step can never begin', 'Mend its needs or its condition.'),
  TG1013: entry(
    422,
    'stop',
    'Expression does not compile',
    'Mend the CEL expression at the position shown.',
  ),
  TG1014: entry(422, 'stop', 'Loop has no bound', 'Give a limit.'),
  TG1101: entry(
    503,
    'retry',
    'Repository cannot be read',
    'Check the address, the network and the credentials.',
  ),
  TG1102: entry(
    503,
    'retry',
    'Push was refused',
    'Tidegate fetches, rebases and tries again; check write access if it goes on.',
  ),
  TG1103: entry(
    404,
    'stop',
    'No such commit',
    'Push the commit to the repository, or name another.',
  ),
  TG1104: entry(401, 'stop', 'Webhook signature is wrong', 'Set the same secret on both sides.'),
  TG1105: entry(
    409,
    'stop',
    'Git declares something else by now',
    'Nothing was changed; look at the newest commit of the file.',
  ),
  TG1106: entry(
    409,
    'stop',
    'Directory is not empty',
    'A tree is written into an empty or missing directory only; remove it first.',
  ),
  TG1201: entry(
    422,
    'stop',
    'Image has no digest',
    'Use image@sha256:…; a tag can be moved and is not immutable.',
  ),
  TG1202: entry(404, 'stop', 'No such release', 'List them with: tidegate history APP'),
  TG1203: entry(
    409,
    'stop',
    'Release is quarantined',
    'It failed here before. Fix it and release a new commit, or promote it with --retry.',
  ),
  TG1204: entry(
    404,
    'stop',
    'No such application or environment',
    'List them with: tidegate status',
  ),
  TG1205: entry(
    409,
    'stop',
    'Nothing healthy to go back to',
    'Name a release with --to, or release a fixed commit.',
  ),
  TG1301: entry(404, 'stop', 'No such rollout', 'List them with: tidegate rollout list'),
  TG1302: entry(
    409,
    'stop',
    'Action is not allowed in this phase',
    'See which actions are allowed with: tidegate rollout show ID',
  ),
  TG1303: entry(
    409,
    'stop',
    'Environment is frozen',
    'Wait for the window to end, or override with a reason.',
  ),
  TG1401: entry(
    502,
    'retry',
    'Metric source did not answer',
    'Check its address; the measurement counts as an error, never as a pass.',
  ),
  TG1402: entry(
    422,
    'stop',
    'Metric gave no usable value',
    'Check the query; no data is inconclusive, never a pass.',
  ),
  TG1403: entry(
    422,
    'stop',
    'Nothing to import',
    'Give an analysis document of the tool that was named.',
  ),
  TG1404: entry(
    503,
    'retry',
    'Too many simulations wait',
    'They are run one at a time; come back in a minute, or ask for fewer seeds.',
  ),
  TG1501: entry(
    503,
    'retry',
    'Target is not connected',
    'Start its agent, or check its token and address.',
  ),
  TG1502: entry(
    500,
    'retry',
    'Driver could not converge',
    'See the message and the logs of the replica.',
  ),
  TG1503: entry(
    403,
    'stop',
    'Agent may not speak for this target',
    'Use the token of an agent of this target.',
  ),
  TG1504: entry(
    409,
    'stop',
    'No free port on the target',
    'Widen spec.process.ports of the Target.',
  ),
  TG1505: entry(
    409,
    'retry',
    'Target belongs to another environment',
    'Name each target in one environment of the application only.',
  ),
  TG1601: entry(
    401,
    'stop',
    'Token is missing or wrong',
    'Send Authorization: Bearer TOKEN; see tidegate doctor.',
  ),
  TG1602: entry(404, 'stop', 'No such resource', 'See /api/v1/openapi.json for what there is.'),
  TG1603: entry(400, 'stop', 'Request is not valid', 'Mend the fields named in the detail.'),
  TG1604: entry(
    500,
    'retry',
    'Internal fault',
    'Look for the request id in the log, and report it.',
  ),
  TG1605: entry(413, 'stop', 'Request is too large', 'Send less at once.'),
  TG1606: entry(403, 'stop', 'Role may not do this', 'Use a token of a role that may.'),
  TG1607: entry(
    421,
    'stop',
    'Host is not served here',
    'Use a loopback name, or add the host to those that the server is started with.',
  ),
  TG1608: entry(
    503,
    'retry',
    'Too many connections are held open',
    'Close some, or come back later.',
  ),
  TG1609: entry(
    422,
    'stop',
    'Search takes too long',
    'Narrow the time with since and until, or name an application, an environment or an object.',
  ),
  TG1701: entry(
    503,
    'retry',
    'Database is not reachable',
    'Check DATABASE_URL and that PostgreSQL runs.',
  ),
  TG1702: entry(
    500,
    'stop',
    'State is of a newer version',
    'Run a version of Tidegate at least as new as the one that wrote it.',
  ),
  TG1703: entry(500, 'retry', 'Reconcile failed', 'It is tried again with backoff; see the cause.'),
  TG1704: entry(500, 'retry', 'Effect failed', 'It is tried again with backoff; see the cause.'),
  TG1705: entry(409, 'stop', 'Effect was stopped', 'Ask for it again if it is still wanted.'),
  TG1801: entry(500, 'stop', 'Set-up failed', 'See the output above; run it again when mended.'),
  TG1802: entry(400, 'stop', 'Command line is not valid', 'See tidegate help.'),
  TG1803: entry(
    503,
    'retry',
    'Server is not reachable',
    'Start it with npm start, or set TIDEGATE_URL.',
  ),
  TG1804: entry(
    504,
    'stop',
    'Stopped watching before the end',
    'What was watched goes on; look again with: tidegate status',
  ),
  ...pipelineCatalogue,
} as const satisfies Record<string, CatalogueEntry>;

export type ProblemCode = keyof typeof catalogue;
