import { type Answer, type Heard, listen, type StepServer } from '../server.fixture.ts';

export type Pull = { readonly number: number; readonly head: string; readonly base: string };
export type CodeHost = StepServer & {
  readonly pulls: Pull[];
  /** Runs before a pull request is made, as somebody else who is faster. */
  onCreate(run: () => void): void;
};

export const token = 'tok3n-of-the-host';

/**
 * What GitHub's "Pulls" (API version 2022-11-28) and GitLab's "Merge requests" (API v4) document, with the statuses that
 * they document for what is missing, not allowed, or there already. One project: team/shop.
 */
export async function codeHost(kind: 'github' | 'gitlab'): Promise<CodeHost> {
  const pulls: Pull[] = [];
  const hooks: (() => void)[] = [];
  const route = kind === 'github' ? github : gitlab;
  const server = await listen((heard) =>
    route(heard, pulls, () => hooks.splice(0).forEach((run) => void run())),
  );
  return { ...server, pulls, onCreate: (run) => hooks.push(run) };
}

type Hook = () => void;

function github({ method, path, query, headers, body }: Heard, pulls: Pull[], hook: Hook): Answer {
  if (!headers['user-agent'])
    return { status: 403, body: { message: 'Administrative rules: User-Agent' } };
  if (headers.authorization !== `Bearer ${token}`)
    return { status: 401, body: { message: 'Bad credentials' } };
  if (headers['x-github-api-version'] !== '2022-11-28')
    return { status: 400, body: { message: 'version' } };
  if (headers.accept !== 'application/vnd.github+json')
    return { status: 415, body: { message: 'accept' } };
  if (path !== '/repos/team/shop/pulls') return { status: 404, body: { message: 'Not Found' } };
  const view = ({ number }: Pull) => ({
    number,
    html_url: `https://github.com/team/shop/pull/${number}`,
    state: 'open',
  });
  if (method === 'GET') {
    const head = query.get('head') ?? '';
    // Without its owner the filter is passed over, as documented: "in the format of user:ref-name".
    const isFiltered = head.startsWith('team:');
    const found = pulls.filter(
      (one) => !isFiltered || (`team:${one.head}` === head && one.base === query.get('base')),
    );
    return { status: 200, body: found.map(view) };
  }
  hook();
  const wish = JSON.parse(body) as { title?: string; head?: string; base?: string };
  if (!wish.title || !wish.head || !wish.base)
    return { status: 422, body: { message: 'Validation Failed' } };
  return create(pulls, wish.head, wish.base, view, {
    status: 422,
    body: {
      message: 'Validation Failed',
      errors: [{ message: 'A pull request already exists for team:change.' }],
    },
  });
}

function gitlab({ method, path, query, headers, body }: Heard, pulls: Pull[], hook: Hook): Answer {
  if (headers['private-token'] !== token)
    return { status: 401, body: { message: '401 Unauthorized' } };
  if (path !== '/api/v4/projects/team%2Fshop/merge_requests')
    return { status: 404, body: { message: '404 Project Not Found' } };
  const view = ({ number }: Pull) => ({
    iid: number,
    web_url: `https://gitlab.com/team/shop/-/merge_requests/${number}`,
    state: 'opened',
  });
  if (method === 'GET') {
    const found = pulls.filter(
      (one) =>
        query.get('state') === 'opened' &&
        one.head === query.get('source_branch') &&
        one.base === query.get('target_branch'),
    );
    return { status: 200, body: found.map(view) };
  }
  hook();
  const wish = JSON.parse(body) as {
    title?: string;
    source_branch?: string;
    target_branch?: string;
  };
  if (!wish.title || !wish.source_branch || !wish.target_branch)
    return { status: 400, body: { error: 'source_branch is missing' } };
  return create(pulls, wish.source_branch, wish.target_branch, view, {
    status: 409,
    body: { message: ['Another open merge request already exists for this source branch: !1'] },
  });
}

function create(
  pulls: Pull[],
  head: string,
  base: string,
  view: (pull: Pull) => unknown,
  taken: Answer,
): Answer {
  if (pulls.some((one) => one.head === head && one.base === base)) return taken;
  const pull = { number: pulls.length + 1, head, base };
  pulls.push(pull);
  return { status: 201, body: view(pull) };
}
