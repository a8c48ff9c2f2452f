const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe in XML as text and as an attribute: marks are escaped, characters that XML does not have are replaced. */
export function escapedXml(text: string, most = 4_000): string {
  return (
    text
      .slice(0, most)
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML does not have.
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replaceAll(/[&<>"']/g, (mark) => entities[mark] ?? '')
  );
}
