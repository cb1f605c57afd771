import { type Shell, singleQuoted } from './shell.ts';
import type { CommandWords, OptionWords } from './words.ts';

/** fish 3 and later. */
export const fish: Shell = {
  name: 'fish',
  install: 'flashsim completion fish | source',
  script: (
    commands,
  ) => `# fish completion for flashsim. In ~/.config/fish/config.fish: ${fish.install}
complete -c flashsim -n __fish_use_subcommand -f
complete -c flashsim -s h -l help -d ${quoted('show help')}
complete -c flashsim -s V -l version -d ${quoted('print the version')}
complete -c flashsim -l no-color -d ${quoted('no colours')}
${commands.flatMap(commandLines).join('\n')}
`,
};

const quoted = (text: string): string =>
  singleQuoted(text.replaceAll('\\', '\\\\'), String.raw`\'`);

function commandLines({ name, description, options, names }: CommandWords): string[] {
  const inside = `complete -c flashsim -n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
  return [
    `complete -c flashsim -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`,
    ...(names.length === 0 ? [] : [`${inside} -a ${quoted(names.join(' '))}`]),
    ...options
      .filter(({ long }) => long !== '--help')
      .map((option) => `${inside} ${optionWords(option)}`),
  ];
}

function optionWords({ long, short, description, takesValue, values }: OptionWords): string {
  const value = values.length === 0 ? '-r' : `-x -a ${quoted(values.join(' '))}`;
  return [
    ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
    `-l ${long.slice(2)}`,
    ...(takesValue ? [value] : []),
    `-d ${quoted(description)}`,
  ].join(' ');
}
