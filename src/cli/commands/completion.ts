import type { Command } from 'commander';
import { fail } from '../../platform/errors/problem.ts';
import { answers, type CliContext } from '../context.ts';
import { examples } from './parts.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

/** Prints a script with the words of this version; nothing is asked of a server while someone types. */
export function addCompletionCommand(program: Command, context: CliContext): void {
  const command = program
    .command('completion')
    .description('Prints a completion script for a shell.')
    .argument('<shell>', shells.join(', '));
  examples(command, ['source <(tidegate completion bash)', 'tidegate completion fish | source']);
  answers(context, command, async ([shell = '']) => {
    const words = wordsOf(program, []);
    const script =
      shell === 'fish'
        ? fish(words)
        : shell === 'bash' || shell === 'zsh'
          ? bash(words, shell)
          : null;
    if (script === null)
      fail('TG1802', { detail: `No completion for ${shell}; there are ${shells.join(', ')}.` });
    return { json: { shell, script }, lines: [script] };
  });
}

type Words = { readonly path: string; readonly commands: string[]; readonly options: string[] };

function wordsOf(command: Command, path: readonly string[]): Words[] {
  const options = command.options.flatMap((option) => (option.long ? [option.long] : []));
  const commands = command.commands.map((one) => one.name());
  const here = { path: path.join(' '), commands, options: [...options, '--help'] };
  const below = command.commands.flatMap((one) => wordsOf(one, [...path, one.name()]));
  return [here, ...below];
}

/** zsh runs bash's script through bashcompinit. Words begin with a letter or --, so quoting them is enough. */
function bash(words: readonly Words[], shell: 'bash' | 'zsh'): string {
  const cases = words.map(
    (one) =>
      `    "${one.path}") COMPREPLY=($(compgen -W "${[...one.commands, ...one.options].join(' ')}" -- "$word"));;`,
  );
  const prelude = shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : '';
  return `${prelude}_tidegate() {
  local word="\${COMP_WORDS[COMP_CWORD]}" path="" at
  for at in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at" in -*) break;; esac
    case " ${words
      .map((one) => one.path.replaceAll(' ', '_'))
      .filter(Boolean)
      .join(' ')} " in
      *" \${path:+\${path// /_}_}$at "*) path="\${path:+$path }$at";;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
}
complete -F _tidegate tidegate`;
}

function fish(words: readonly Words[]): string {
  const lines = words.flatMap(({ path, commands, options }) => {
    const seen =
      path === ''
        ? '__fish_use_subcommand'
        : `__fish_seen_subcommand_from ${path.split(' ').at(-1)}`;
    return [
      ...(commands.length > 0
        ? [`complete -c tidegate -f -n '${seen}' -a '${commands.join(' ')}'`]
        : []),
      ...options.map((one) => `complete -c tidegate -n '${seen}' -l ${one.slice(2)}`),
    ];
  });
  return lines.join('\n');
}
