import { type Shell, singleQuoted } from './shell.ts';
import type { CommandWords, OptionWords } from './words.ts';

/** zsh 5. */
export const zsh: Shell = {
  name: 'zsh',
  install: 'source <(flashsim completion zsh)',
  script: (commands) => `#compdef flashsim
# zsh completion for flashsim. In ~/.zshrc, behind compinit: ${zsh.install}
_flashsim() {
  local curcontext=$curcontext state line
  local -a commands
  commands=(
${commands.map((command) => `    ${singleQuoted(`${command.name}:${command.description}`)}`).join('\n')}
  )
  _arguments -C '(-h --help)'{-h,--help}'[show help]' '(-V --version)'{-V,--version}'[print the version]' \\
    '--no-color[no colours]' '1: :->command' '*:: :->rest'
  case $state in
    command) _describe -t commands command commands ;;
    rest)
      case $words[1] in
${commands.map(commandCase).join('\n')}
      esac
      ;;
  esac
}
compdef _flashsim flashsim
`,
};

function commandCase({ name, options, names }: CommandWords): string {
  const argument =
    names.length === 0
      ? "'*:file:_files'"
      : // A space before the action: zsh then adds no options of its own to it.
        singleQuoted(`*:name: _alternative "names:name:(${names.join(' ')})" "files:file:_files"`);
  const specs = [...options.flatMap(optionSpecs), argument];
  return `        ${name})\n          _arguments ${specs.join(' \\\n            ')}\n          ;;`;
}

function optionSpecs({ long, short, description, takesValue, values }: OptionWords): string[] {
  const text = `[${description.replaceAll(/[[\]:\\]/g, String.raw`\$&`)}]`;
  const value = values.length === 0 ? ':value:_files' : `:value:(${values.join(' ')})`;
  const behind = `${text}${takesValue ? value : ''}`;
  // A star: it may be given again.
  return [short, long].flatMap((word) =>
    word === undefined ? [] : [singleQuoted(`*${word}${behind}`)],
  );
}
