/**
 * The token of whoever looks, kept for this origin alone. It is no cookie: cookies know no ports (RFC 6265, 8.5), so a
 * service that Tidegate delivers on the same host would be sent it (docs/adr/0008).
 */
const place = 'tidegate.token';

export const readToken = (): string | null => localStorage.getItem(place);

export const keepToken = (token: string): void => localStorage.setItem(place, token);

export const forgetToken = (): void => localStorage.removeItem(place);

/** Takes the token out of an address such as /#token=…, which browsers send to nobody, and out of the history. */
export function takeTokenFromAddress(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (!token) return;
  keepToken(token);
  history.replaceState(null, '', location.pathname + location.search);
}
