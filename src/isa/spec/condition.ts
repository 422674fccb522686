/** Conditions by their numbers, as mnemonics end in them: SDM Vol. 1, table B-1. */
export const conditionName = (condition: number): string => names[condition] ?? '';

const names = ['o', 'no', 'b', 'ae', 'e', 'ne', 'be', 'a', 's', 'ns', 'p', 'np', 'l', 'ge', 'le', 'g'];
