import type { Where } from '../../platform/errors/problem.ts';
import { type Colours, plain } from '../terminal.ts';

type Shown = {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly hint: string;
  readonly where?: Where | { readonly [key in keyof Where]?: Where[key] | undefined } | undefined;
};

/** `file:line:column  TG1042 title`, then what and how to mend it. */
export function problemLines(from: Shown, colours: Colours): string[] {
  const { file, line, column, pointer } = from.where ?? {};
  const place = [file, line, column].filter((part) => part !== undefined).join(':') || pointer;
  const at = place ? `${colours.bold(plain(place))}  ` : '';
  return [
    `${at}${colours.red(from.code)} ${plain(from.title)}`,
    `    ${plain(from.detail)}`,
    `    ${colours.dim('hint:')} ${plain(from.hint)}`,
  ];
}
