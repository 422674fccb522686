/** Completion for fish: complete(1) of fish. Conditions that are spelled the same are evaluated once. */
import type { Candidates, CompletedOperand, CompletedOption, CompletedVerb, Model } from './model.ts';

export const fishCompletion = ({ verbs, groups, leading }: Model): string => `# Completion of isola for fish, made by: isola completion fish

# Options with a value.
function __isola_takes
    switch "$argv"
        case ''
            echo ${taking(leading)}
${verbs.map(({ name, options }) => `        case ${quote(name)}\n            echo ${taking(options)}`).join('\n')}
    end
end

# How many operands come before a command that begins without hyphens.
function __isola_command_after
    switch "$argv"
${verbs
  .filter(({ commandAfter }) => commandAfter !== undefined)
  .map(({ name, commandAfter }) => `        case ${quote(name)}\n            echo ${commandAfter}`)
  .join('\n')}
    end
end

# Reads the words before the cursor: the command, its operands, the store, and whether options are over.
function __isola_read
    set -g __isola_verb
    set -g __isola_said
    set -g __isola_operands
    set -g __isola_store
    set -g __isola_ended
    set -l takes (__isola_takes | string split ' ')
    set -l after
    set -l previous
    for token in (commandline -opc)[2..]
        if test -n "$previous"
            test "$previous" = --store; and set __isola_store $token
            set previous
        else if test -z "$__isola_ended" -a "$token" = --
            set __isola_ended yes
        else if test -z "$__isola_ended"; and string match -q -- '-?*' $token
            string match -q -- '--store=*' $token; and set __isola_store (string replace -- --store= '' $token)
            contains -- $token $takes; and set previous $token
        else if test -z "$__isola_verb"
            set __isola_said (string trim "$__isola_said $token")
            if not contains -- "$__isola_said" ${groups.map(quote).join(' ')}
                set __isola_verb $__isola_said
                set takes (__isola_takes $__isola_verb | string split ' ')
                set after (__isola_command_after $__isola_verb)
            end
        else
            set -a __isola_operands $token
            test -n "$after"; and test (count $__isola_operands) -gt $after; and set __isola_ended yes
        end
    end
end

# Whether a command (or the beginning of one) is to be completed.
function __isola_before
    __isola_read
    test -z "$__isola_verb" -a "$__isola_said" = "$argv"
end

function __isola_options_of
    __isola_read
    test "$__isola_verb" = "$argv" -a -z "$__isola_ended"
end

# Whether the operand of that number, counted from 1, is to be completed; 2+: it or one after it.
function __isola_operand
    __isola_read
    test "$__isola_verb" = "$argv[1]"; or return 1
    set -l place (math (count $__isola_operands) + 1)
    if string match -q -- '*+' $argv[2]
        test $place -ge (string trim -c + $argv[2])
    else
        test $place -eq $argv[2]
    end
end

function __isola_ask
    __isola_read
    set -l program (commandline -opc)[1]
    if test -n "$__isola_store"
        $program --store $__isola_store complete $argv 2>/dev/null
    else
        $program complete $argv 2>/dev/null
    end
end

function __isola_snapshots
    __isola_ask snapshot | string replace -f -r -- "^"(string escape --style=regex -- "$__isola_operands[1]")"/" ''
end

complete -c isola -f
${commands(verbs, groups).join('\n')}
${leading.map((option) => optionLine('__isola_before', option)).join('\n')}
${verbs.flatMap(verbLines).join('\n')}
`;

const commands = (verbs: readonly CompletedVerb[], groups: readonly string[]): readonly string[] => {
  const line = (before: string, word: string, summary: string): string =>
    `complete -c isola -n ${quote(`__isola_before ${before}`.trim())} -a ${quote(word)} -d ${quote(summary)}`;
  return [
    ...groups.map((group) => line('', group, `Commands about ${group}s`)),
    ...verbs.map(({ words: [first = '', second], summary }) =>
      second === undefined ? line('', first, summary) : line(first, second, summary),
    ),
  ];
};

const verbLines = ({ name, options, operands }: CompletedVerb): readonly string[] => [
  ...options.map((option) => optionLine(`__isola_options_of ${name}`, option)),
  ...operands.flatMap((operand, index) => operandLine(name, operand, index + 1)),
];

const optionLine = (condition: string, { long, short, summary, takesValue, candidates }: CompletedOption): string => {
  const letter = short === undefined ? '' : ` -s ${short}`;
  const value = !takesValue ? '' : isFiles(candidates) ? ' -r -F' : ` -x${offered(candidates)}`;
  return `complete -c isola -n ${quote(condition)}${letter} -l ${long}${value} -d ${quote(summary)}`;
};

const operandLine = (name: string, { repeats, candidates }: CompletedOperand, place: number): readonly string[] => {
  if (candidates === undefined) return [];
  const start = `complete -c isola -n ${quote(`__isola_operand '${name}' ${place}${repeats ? '+' : ''}`)}`;
  return [`${start}${isFiles(candidates) ? ' -F' : ''}${offered(candidates)}`];
};

const isFiles = (candidates: Candidates): boolean =>
  candidates !== undefined && 'named' in candidates && (candidates.named === 'host path' || candidates.named === 'path');

const offered = (candidates: Candidates): string => {
  if (candidates === undefined) return '';
  if ('words' in candidates) return ` -a ${quote(candidates.words.join(' '))}`;
  switch (candidates.named) {
    case 'environment':
    case 'image':
      return ` -a '(__isola_ask ${candidates.named})'`;
    case 'environment or snapshot':
      return ` -a '(__isola_ask environment; __isola_ask snapshot)'`;
    case 'snapshot':
      return ` -a '(__isola_snapshots)'`;
    case 'path':
      return ` -a '(__isola_ask environment):'`;
    case 'host path':
      return '';
  }
};

const taking = (options: readonly CompletedOption[]): string =>
  options
    .filter(({ takesValue }) => takesValue)
    .flatMap(({ long, short }) => [`--${long}`, ...(short === undefined ? [] : [`-${short}`])])
    .join(' ');

/** For fish, where a backslash escapes within quotes. */
const quote = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;
