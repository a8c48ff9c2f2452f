import { CopyButton, Tooltip, UnstyledButton } from '@mantine/core';

type ShortIdProps = { readonly id: string; readonly what: string };

/** A commit or a release as people read it; a press copies the whole. */
export function ShortId({ id, what }: ShortIdProps) {
  return (
    <CopyButton value={id} timeout={1500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : `${what} ${id}, press to copy`} withArrow>
          <UnstyledButton
            className="tg-mono"
            onClick={copy}
            aria-label={`${shortOf(id)}, copy the ${what}`}
          >
            {shortOf(id)}
          </UnstyledButton>
        </Tooltip>
      )}
    </CopyButton>
  );
}

/** Ten digits tell commits and releases apart; the letter of a release stays. */
export const shortOf = (id: string): string => (/^[0-9a-f]{40}$/.test(id) ? id.slice(0, 10) : id);
