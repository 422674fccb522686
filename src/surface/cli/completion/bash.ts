/**
 * Completion for bash: the GNU Bash manual, "Programmable Completion". Needs no other package. Bash breaks words at the colon
 * and the equals sign, so words are joined again, and candidates lose what stands before the last break.
 */
import type { Candidates, CompletedOption, CompletedVerb, Model } from './model.ts';

export const bashCompletion = ({ verbs, groups, leading }: Model): string => `# Completion of isola for bash, made by: isola completion bash
# shellcheck shell=bash

# For a command: options, those with a value, candidates of its operands (the last may repeat), operands before a command.
_isola_describe() {
  options='' takes='' operands=() repeats='' command_after=''
  case $1 in
    '') options=${quote(spelled(leading))} takes=${quote(taking(leading))} ;;
${verbs.map(describe).join('\n')}
  esac
}

# Candidates of an option's value.
_isola_value() {
  case $1:$2 in
${valueCases(verbs, leading).join('\n')}
  esac
}

_isola_generate() {
  local kind=$1
  case $kind in
    words) printf '%s\\n' $2 ;;
    environment | image) _isola_ask "$kind" ;;
    'environment or snapshot') _isola_ask environment; _isola_ask snapshot ;;
    snapshot) _isola_ask snapshot | sed -n "s|^\${seen[0]}/||p" ;;
    'host path') compopt -o filenames 2> /dev/null; compgen -f -- "$value" ;;
    path)
      compopt -o nospace 2> /dev/null
      _isola_ask environment | sed 's/$/:/'
      [[ $value == *:* ]] || { compopt -o filenames 2> /dev/null; compgen -f -- "$value"; }
      ;;
  esac
}

_isola_ask() {
  "\${line[0]}" \${store:+--store "$store"} complete "$1" 2> /dev/null
}

# Joins what bash has broken at : and =, up to the cursor.
_isola_join() {
  local rest=\${COMP_LINE:0:COMP_POINT} index word
  line=()
  for ((index = 0; index <= COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if ((index == 0)) || [[ $rest == [[:space:]]* || -z $rest ]]; then
      line+=('')
      rest=\${rest#"\${rest%%[![:space:]]*}"}
    fi
    ((index < COMP_CWORD)) || word=$rest
    line[-1]+=$word
    rest=\${rest#"$word"}
  done
}

_isola() {
  local line options takes operands repeats command_after
  local store='' verb='' said='' seen=() ended='' index word value candidate prefix=''
  _isola_join
  _isola_describe ''
  for ((index = 1; index < \${#line[@]} - 1; index++)); do
    word=\${line[index]}
    if [[ $word == -- && -z $ended ]]; then
      [[ -n $verb ]] || return 0
      ended=yes
    elif [[ -z $ended && $word == -?* ]]; then
      case $word in --store=*) store=\${word#*=} ;; esac
      if [[ " $takes " == *" $word "* ]]; then
        ((++index < \${#line[@]} - 1)) || { _isola_offer "$(_isola_value "$verb" "$word")" "\${line[-1]}"; return 0; }
        [[ $word != --store ]] || store=\${line[index]}
      fi
    elif [[ -z $verb ]]; then
      said=\${said:+$said }$word
      case $said in
        ${groups.map(quote).join(' | ')}) ;;
        *) verb=$said; _isola_describe "$verb" ;;
      esac
    else
      seen+=("$word")
      # A command inside is none of isola's business.
      [[ -z $command_after || \${#seen[@]} -le $command_after ]] || return 0
    fi
  done
  word=\${line[-1]}
  if [[ -z $ended && $word == --*=* ]]; then
    _isola_offer "$(_isola_value "$verb" "\${word%%=*}")" "\${word#*=}" "\${word%%=*}="
  elif [[ -z $ended && $word == -* ]]; then
    _isola_offer "words $options" "$word"
  elif [[ -z $verb ]]; then
    case $said in
      '') _isola_offer ${quote(`words ${firstWords(verbs).join(' ')}`)} "$word" ;;
${groups.map((group) => `      ${quote(group)}) _isola_offer ${quote(`words ${secondWords(verbs, group).join(' ')}`)} "$word" ;;`).join('\n')}
    esac
  else
    index=\${#seen[@]}
    ((index < \${#operands[@]})) || { [[ -n $repeats ]] && index=$((\${#operands[@]} - 1)); }
    _isola_offer "\${operands[index]-}" "$word"
  fi
}

# Offers candidates that begin with the value; what bash took for a word of its own is left away.
_isola_offer() {
  local kind=$1 breaks='' all
  value=$2
  [[ $1 != words* ]] || kind=words
  [[ $COMP_WORDBREAKS != *:* ]] || breaks+=':'
  [[ $COMP_WORDBREAKS != *=* ]] || breaks+='='
  all=\${3-}$value
  [[ -z $breaks || $all != *[$breaks]* ]] || prefix=\${all%"\${all##*["$breaks"]}"}
  COMPREPLY=()
  while IFS= read -r candidate; do
    [[ $candidate == "$value"* ]] || continue
    # A choice that ends with a colon is only a beginning.
    [[ $candidate != *: ]] || compopt -o nospace 2> /dev/null
    candidate=\${3-}$candidate
    COMPREPLY+=("\${candidate#"$prefix"}")
  done < <(_isola_generate "$kind" "\${1#* }")
}

complete -F _isola isola
`;

const describe = ({ name, options, operands, commandAfter }: CompletedVerb): string => {
  const parts = [
    `options=${quote(spelled(options))}`,
    `takes=${quote(taking(options))}`,
    `operands=(${operands.map(({ candidates }) => quote(encode(candidates))).join(' ')})`,
    ...(operands.at(-1)?.repeats ? ['repeats=yes'] : []),
    ...(commandAfter === undefined ? [] : [`command_after=${commandAfter}`]),
  ];
  return `    ${quote(name)}) ${parts.join(' ')} ;;`;
};

const valueCases = (verbs: readonly CompletedVerb[], leading: readonly CompletedOption[]): readonly string[] =>
  [{ name: '', options: leading }, ...verbs].flatMap(({ name, options }) =>
    options
      .filter(({ takesValue, candidates }) => takesValue && candidates !== undefined)
      .map(
        (option) =>
          `    ${spellingsOf(option)
            .map((one) => quote(`${name}:${one}`))
            .join(' | ')}) printf %s ${quote(encode(option.candidates))} ;;`,
      ),
  );

const encode = (candidates: Candidates): string => {
  if (candidates === undefined) return '';
  return 'words' in candidates ? `words ${candidates.words.join(' ')}` : candidates.named;
};

const spellingsOf = ({ long, short }: CompletedOption): readonly string[] => [`--${long}`, ...(short === undefined ? [] : [`-${short}`])];
const spelled = (options: readonly CompletedOption[]): string => options.map(({ long }) => `--${long}`).join(' ');
const taking = (options: readonly CompletedOption[]): string =>
  options
    .filter(({ takesValue }) => takesValue)
    .flatMap(spellingsOf)
    .join(' ');

const firstWords = (verbs: readonly CompletedVerb[]): readonly string[] => [...new Set(verbs.map(({ words }) => words[0] ?? ''))];
const secondWords = (verbs: readonly CompletedVerb[], group: string): readonly string[] =>
  verbs.filter(({ words }) => words[0] === group).map(({ words }) => words[1] ?? '');

/** For a POSIX shell. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
