import { z } from 'zod';
import { type Problem, problem } from '../../../platform/errors/problem.ts';
import type { Outbound, OutboundAnswer } from '../outbound.ts';
import type { PullRequestWish } from './decide.ts';

export type PullRequest = {
  readonly number: number;
  readonly url: string;
  readonly opened: boolean;
};
export type PullRequestResult =
  | { readonly ok: true; readonly value: PullRequest }
  | { readonly ok: false; readonly problem: Problem };

export type PullRequestAsk = {
  readonly wish: PullRequestWish;
  readonly branch: string;
  readonly base: string;
  readonly token: string;
};

/** How one host's API is spoken to. */
type Host = {
  readonly api: string;
  readonly headers: (token: string) => { readonly [name: string]: string };
  /** Below the API: open pull requests from this branch to that one. */
  readonly list: (ask: PullRequestAsk) => string;
  readonly create: (ask: PullRequestAsk) => { readonly path: string; readonly body: unknown };
  readonly read: z.ZodType<{ readonly number: number; readonly url: string }>;
  /** The status that says there is one already. */
  readonly taken: number;
};

/** Milliseconds. */
const timeout = 30_000;

/** GitHub REST API, version 2022-11-28, "Pulls". */
const github: Host = {
  api: 'https://api.github.com',
  headers: (token) => ({
    authorization: `Bearer ${token}`,
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
  }),
  list: ({ wish, branch, base }) => {
    const owner = wish.project.split('/')[0] ?? '';
    const query = new URLSearchParams({ state: 'open', head: `${owner}:${branch}`, base });
    return `/repos/${wish.project}/pulls?${query}`;
  },
  create: ({ wish, branch, base }) => ({
    path: `/repos/${wish.project}/pulls`,
    body: { title: wish.title, head: branch, base, body: wish.body ?? '' },
  }),
  read: z
    .object({ number: z.number(), html_url: z.string() })
    .transform(({ number, html_url }) => ({ number, url: html_url })),
  taken: 422,
};

/** GitLab REST API v4, "Merge requests". */
const gitlab: Host = {
  api: 'https://gitlab.com/api/v4',
  headers: (token) => ({ 'private-token': token, accept: 'application/json' }),
  list: ({ wish, branch, base }) => {
    const query = new URLSearchParams({
      state: 'opened',
      source_branch: branch,
      target_branch: base,
    });
    return `/projects/${encodeURIComponent(wish.project)}/merge_requests?${query}`;
  },
  create: ({ wish, branch, base }) => ({
    path: `/projects/${encodeURIComponent(wish.project)}/merge_requests`,
    body: {
      source_branch: branch,
      target_branch: base,
      title: wish.title,
      description: wish.body ?? '',
    },
  }),
  read: z
    .object({ iid: z.number(), web_url: z.string() })
    .transform(({ iid, web_url }) => ({ number: iid, url: web_url })),
  taken: 409,
};

const hosts = { github, gitlab } as const;

/**
 * The open pull request from `branch` to `base`, opened when there is none: asking again has no second effect. TG1923
 * when the host answers otherwise than its documentation says, TG1921 when it does not answer.
 */
export async function ensurePullRequest(
  outbound: Outbound,
  ask: PullRequestAsk,
  signal: AbortSignal,
): Promise<PullRequestResult> {
  if (!/^[\w.-]+(\/[\w.-]+)+$/.test(ask.wish.project) || /(^|\/)\.\.?(\/|$)/.test(ask.wish.project))
    return misunderstood(`"${ask.wish.project.slice(0, 200)}" is not OWNER/NAME.`);
  const host = hosts[ask.wish.host];
  const open = await find(outbound, host, ask, signal);
  if (!open.ok || open.value)
    return open.ok && open.value ? { ok: true, value: open.value } : failedAs(open);
  const { path, body } = host.create(ask);
  const made = await send(outbound, host, ask, { path, body: JSON.stringify(body) }, signal);
  if (!made.ok) return made;
  if (made.status === host.taken) {
    // Somebody opened it in between; or it is refused for another reason, and then there is still none.
    const again = await find(outbound, host, ask, signal);
    if (again.ok && again.value) return { ok: true, value: again.value };
  }
  const read = made.status === 201 ? host.read.safeParse(parse(made.text)) : null;
  if (read?.success) return { ok: true, value: { ...read.data, opened: true } };
  return unexpected(made);
}

type Found =
  | { readonly ok: true; readonly value: PullRequest | null }
  | { readonly ok: false; readonly problem: Problem };

const failedAs = (found: Found): PullRequestResult =>
  found.ok ? misunderstood('There is none.') : found;

async function find(
  outbound: Outbound,
  host: Host,
  ask: PullRequestAsk,
  signal: AbortSignal,
): Promise<Found> {
  const answer = await send(outbound, host, ask, { path: host.list(ask), body: null }, signal);
  if (!answer.ok) return answer;
  const list = answer.status === 200 ? z.array(host.read).safeParse(parse(answer.text)) : null;
  if (!list?.success) return unexpected(answer);
  const [first] = list.data;
  return { ok: true, value: first ? { ...first, opened: false } : null };
}

async function send(
  outbound: Outbound,
  host: Host,
  { wish, token }: PullRequestAsk,
  { path, body }: { readonly path: string; readonly body: string | null },
  signal: AbortSignal,
): Promise<OutboundAnswer> {
  const type: { readonly [name: string]: string } =
    body === null ? {} : { 'content-type': 'application/json' };
  return await outbound(
    {
      url: `${(wish.api ?? host.api).replace(/\/+$/, '')}${path}`,
      method: body === null ? 'GET' : 'POST',
      headers: { 'user-agent': 'tidegate', ...type },
      confidential: host.headers(token),
      body,
      timeout,
    },
    signal,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function unexpected(answer: OutboundAnswer): { readonly ok: false; readonly problem: Problem } {
  if (!answer.ok) return answer;
  const said = answer.text.replace(/\s+/g, ' ').trim().slice(0, 300);
  return misunderstood(`${answer.place} answered with status ${answer.status}: ${said}`);
}

const misunderstood = (detail: string): { readonly ok: false; readonly problem: Problem } => ({
  ok: false,
  problem: problem('TG1923', { detail }),
});
