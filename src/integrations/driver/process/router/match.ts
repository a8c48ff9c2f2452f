import type { Route } from '../../../../capabilities/fleet/types.ts';
import { compilePattern } from '../../../../platform/text/pattern.ts';
import type { RoutedRequest } from './types.ts';

/** Longer values are not matched against a regular expression. */
const longestValue = 1024;

type Pattern = {
  readonly exact?: string;
  readonly prefix?: string;
  readonly regex?: string;
};

/** A route made ready to be asked once per request. */
export type Matcher = {
  readonly release: string;
  readonly matches: (request: RoutedRequest) => boolean;
};

/** Value of a cookie in a Cookie header (RFC 6265), undefined when there is none. */
export function readCookie(request: RoutedRequest, name: string): string | undefined {
  const header = request.headers.cookie;
  if (typeof header !== 'string') return undefined;
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

function readHeader(request: RoutedRequest, name: string): string | undefined {
  const value = request.headers[name.toLowerCase()];
  return typeof value === 'string' || value === undefined ? value : value.join(', ');
}

function compile(pattern: Pattern): (value: string) => boolean {
  const { exact, prefix, regex } = pattern;
  if (exact !== undefined) return (value) => value === exact;
  if (prefix !== undefined) return (value) => value.startsWith(prefix);
  if (regex === undefined) return () => true;
  const expression = compilePattern(regex);
  if (expression === null) return () => false;
  return (value) => value.length <= longestValue && expression.test(value);
}

/** Without exact, prefix or regex, presence is enough. An expression that does not compile, or needs backtracking, matches nothing. */
export function compileRoutes(routes: readonly Route[]): readonly Matcher[] {
  return routes.map(({ release, match }) => {
    const [read, pattern] =
      'header' in match ? [readHeader, match.header] : [readCookie, match.cookie];
    const test = compile(pattern);
    return {
      release,
      matches: (request) => {
        const value = read(request, pattern.name);
        return value !== undefined && test(value);
      },
    };
  });
}
