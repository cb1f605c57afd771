import { type Shell, singleQuoted } from './shell.ts';
import type { CommandWords, OptionWords } from './words.ts';

/** bash 3.2 and later. */
export const bash: Shell = {
  name: 'bash',
  install: 'source <(flashsim completion bash)',
  script(commands) {
    const names = commands.map(({ name }) => name);
    return `# bash completion for flashsim. In ~/.bashrc: ${bash.install}
_flashsim() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command= word at
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    case $word in ${names.join(' | ')}) command=$word && break ;; esac
  done
  local words=
  case "$command $previous" in
${commands.flatMap(valueLines).join('\n')}
    *)
      case $command in
${commands.map(commandLine).join('\n')}
        *) words=${singleQuoted(`${names.join(' ')} help --help --version --no-color`)} ;;
      esac
      ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ $current == -* || -z $command ]] || COMPREPLY+=($(compgen -f -- "$current"))
}
complete -o filenames -F _flashsim flashsim
`;
  },
};

/** What may stand behind the options of a command that take a value. */
function valueLines({ name, options }: CommandWords): string[] {
  return options
    .filter(({ takesValue }) => takesValue)
    .map((option) => {
      const before = spellings(option).map((spelling) => singleQuoted(`${name} ${spelling}`));
      return `    ${before.join(' | ')}) words=${singleQuoted(option.values.join(' '))} ;;`;
    });
}

function commandLine({ name, options, names }: CommandWords): string {
  const words = [...names, ...options.flatMap(spellings)];
  return `        ${name}) words=${singleQuoted(words.join(' '))} ;;`;
}

function spellings({ long, short }: OptionWords): string[] {
  return short === undefined ? [long] : [short, long];
}
