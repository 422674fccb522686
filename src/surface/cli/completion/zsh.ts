/** Completion for zsh: zshcompsys(1), `_arguments`. */
import type { Candidates, CompletedOperand, CompletedOption, CompletedVerb, Model } from './model.ts';

export const zshCompletion = ({ verbs, groups, leading }: Model): string => `#compdef isola
# Completion of isola for zsh, made by: isola completion zsh

_isola_ask() {
  "$isola_program" \${isola_store:+--store} $isola_store complete $1 2> /dev/null
}

_isola_names() {
  local -a names
  local kind
  for kind in "$@"; do names+=(\${(f)"$(_isola_ask $kind)"}); done
  compadd -a names
}

_isola_snapshots() {
  local -a names
  names=(\${(M)\${(f)"$(_isola_ask snapshot)"}:#\${line[1]}/*})
  names=(\${names#*/})
  compadd -a names
}

_isola_paths() {
  local -a names
  [[ $PREFIX != *:* ]] || return 1
  names=(\${(f)"$(_isola_ask environment)"})
  compadd -S : -a names
  _files
}

_isola_commands() {
  local -a commands
  case \${1-} in
    '') commands=(
${firstWords(verbs)
  .map((entry) => `      ${entry}`)
  .join('\n')}
    ) ;;
${groups
  .map(
    (group) =>
      `    ${quote(group)}) commands=(\n${secondWords(verbs, group)
        .map((entry) => `      ${entry}`)
        .join('\n')}\n    ) ;;`,
  )
  .join('\n')}
  esac
  _describe command commands
}

_isola() {
  local isola_program=$words[1] isola_store= said= verb= index=2 word
  local curcontext=$curcontext
  local -a line
  local -A opt_args
  for ((; index < CURRENT; index++)); do
    word=$words[index]
    case $word in
      --store | --format)
        [[ $word != --store ]] || isola_store=$words[index+1]
        ((index++))
        ;;
      --store=*) isola_store=\${word#*=} ;;
      -*) ;;
      *)
        said=\${said:+$said }$word
        case $said in
          ${groups.map(quote).join(' | ')}) ;;
          *) verb=$said; break ;;
        esac
        ;;
    esac
  done
  for word in $words[index,CURRENT-1]; do [[ $word != --store=* ]] || isola_store=\${word#*=}; done
  if [[ -z $verb ]]; then
    words=($isola_program "\${(@)words[2,CURRENT]}")
    if [[ -n $said ]]; then _isola_commands $said; else _arguments -s -S ${specs(leading).join(' ')} ${quote('*:command: _isola_commands')}; fi
    return
  fi
  words=($verb "\${(@)words[index+1,-1]}")
  ((CURRENT -= index - 1))
  case $verb in
${verbs.map(verbCase).join('\n')}
  esac
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _isola "$@"; else compdef _isola isola; fi
`;

/** A command inside has options of its own, so with it (-A) no option comes after the first operand. */
const verbCase = ({ name, options, operands, commandAfter }: CompletedVerb): string => {
  const rest = commandAfter === undefined ? [] : [quote('*::command: ')];
  const words = operands.map((operand, index) => quote(operandSpec(operand, index + 1)));
  const flags = commandAfter === undefined ? '-s -S' : `-s -S -A '-*'`;
  return `    ${quote(name)}) _arguments ${flags} ${[...specs(options), ...words, ...rest].join(' \\\n      ')} ;;`;
};

const operandSpec = ({ placeholder, repeats, candidates }: CompletedOperand, place: number): string =>
  `${repeats ? '*' : place}:${escapeColons(placeholder)}:${action(candidates)}`;

const specs = (options: readonly CompletedOption[]): readonly string[] =>
  options.flatMap(({ long, short, summary, takesValue, repeats, placeholder, candidates }) => {
    const others = repeats ? '*' : short === undefined ? '' : `(-${short} --${long})`;
    const value = takesValue ? `:${escapeColons(placeholder)}:${action(candidates)}` : '';
    const text = `[${summary.replace(/[[\]\\]/g, '\\$&')}]${value}`;
    return [
      quote(`${others}--${long}${takesValue ? '=' : ''}${text}`),
      ...(short === undefined ? [] : [quote(`${others}-${short}${takesValue ? '+' : ''}${text}`)]),
    ];
  });

/** A leading space has _arguments call it without arguments of its own. */
const action = (candidates: Candidates): string => {
  if (candidates === undefined) return ' ';
  if ('words' in candidates) return `(${candidates.words.map(escapeColons).join(' ')})`;
  switch (candidates.named) {
    case 'environment':
    case 'image':
      return ` _isola_names ${candidates.named}`;
    case 'environment or snapshot':
      return ' _isola_names environment snapshot';
    case 'snapshot':
      return ' _isola_snapshots';
    case 'host path':
      return '_files';
    case 'path':
      return ' _isola_paths';
  }
};

const firstWords = (verbs: readonly CompletedVerb[]): readonly string[] => {
  const summaries = new Map(
    verbs.map(({ words, summary }) => [words[0] ?? '', words.length > 1 ? `Commands about ${words[0]}s` : summary]),
  );
  return [...summaries].map(([word, summary]) => quote(`${word}:${summary}`));
};

const secondWords = (verbs: readonly CompletedVerb[], group: string): readonly string[] =>
  verbs.filter(({ words }) => words[0] === group).map(({ words, summary }) => quote(`${words[1]}:${summary}`));

const escapeColons = (text: string): string => text.replaceAll(':', '\\:');
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
