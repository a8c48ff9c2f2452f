import type { Route, Sticky } from '../../../../capabilities/fleet/types.ts';

/** Where one ready replica answers. */
export type Upstream = { readonly release: string; readonly index: number; readonly port: number };

/** What a router serves from now on. Weights sum to 100, or nothing is ready. */
export type RouteTable = {
  readonly weights: { readonly [release: string]: number };
  readonly upstreams: readonly Upstream[];
  readonly routes: readonly Route[];
  readonly sticky: Sticky | null;
  readonly preview: string | null;
};

/** What a choice among versions needs of a request. Header names are lower case. */
export type RoutedRequest = {
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
};

/** Why a request goes where it goes; `sticky` means that the cookie has to be set. */
export type Choice = { readonly release: string; readonly setCookie: string | null };
