/** Reads server-sent events until their text `holds`, and leaves. Gives all that came. */
export async function follow(
  url: string,
  holds: (text: string) => boolean,
  headers: { readonly [name: string]: string } = {},
): Promise<string> {
  const gone = new AbortController();
  const response = await fetch(url, { headers, signal: gone.signal });
  let text = '';
  try {
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (holds(text)) break;
    }
  } finally {
    gone.abort();
  }
  return text;
}
