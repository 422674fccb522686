/**
 * How often each value is looked at, and where last: from the end to the beginning, as all that looks at a value stands behind it. What is looked at once is made
 * there, unless something comes between that it must not be moved over; of a variable, nothing is kept that it still has when it is looked at.
 */
import type { Statement } from './statement.ts';
import { Val, type Variable, VariableRead } from './value.ts';

/** Notes it in the values and variables, of which nothing is noted yet. */
export const noteUses = (statements: readonly Statement[]): void => new Uses().block(statements);

class Uses {
  /** Number of the statement at hand: the later it comes, the lower. */
  #at = 0;
  /** The next one that does something, or that reads what others change; and the next beginning of a loop, where any variable may be set before it is looked at. */
  #effect = 0;
  #loop = 0;

  block(statements: readonly Statement[]): void {
    for (let index = statements.length - 1; index >= 0; index--) {
      const statement = statements[index];
      if (statement instanceof Val) this.#value(statement);
      else if (statement !== undefined) this.#statement(statement);
    }
  }

  #statement(statement: Exclude<Statement, Val>): void {
    switch (statement.kind) {
      case 'do':
        this.#step();
        for (const arg of statement.args) use(arg, this.#at);
        break;
      case 'set':
        this.#set(statement.variable, statement.value);
        break;
      case 'if':
        this.block(statement.otherwise);
        this.block(statement.held);
        this.#step();
        use(statement.condition, this.#at);
        break;
      case 'loop':
        this.#step();
        use(statement.again, this.#at);
        this.block(statement.body);
        this.#beginLoop();
        break;
      case 'dispatch':
        this.block(statement.otherwise);
        for (const one of statement.cases) if (one !== undefined) this.block(one);
        this.#step();
        use(statement.on, this.#at);
        this.block(statement.before);
        this.#beginLoop();
        break;
      case 'redispatch':
      case 'go':
        this.#step();
        break;
      case 'choose':
        this.#step();
        use(statement.number, this.#at);
        break;
      case 'labelled':
        this.block(statement.body);
        if (statement.label.leads === 'anew') this.#beginLoop();
        else this.#step();
        break;
      case 'group':
        this.block(statement.body);
        break;
      default:
        statement satisfies never;
    }
  }

  #step(): void {
    this.#effect = ++this.#at;
  }

  #beginLoop(): void {
    this.#step();
    this.#loop = this.#at;
  }

  #set(variable: Variable, value: Val): void {
    this.#step();
    variable.uses++;
    variable.nextSet = this.#at;
    use(value, this.#at);
  }

  #value(value: Val): void {
    const { uses, site, args } = value;
    if (value.isName) {
      for (const arg of args) use(arg, site, uses);
      return;
    }
    const at = ++this.#at;
    if (value instanceof VariableRead) {
      const { variable } = value;
      value.isApart = uses > 0 && Math.max(variable.nextSet, this.#loop) > site;
      variable.uses += value.isApart ? 1 : uses;
      return;
    }
    // What reads what changes may also fault or count: it is made, used or not.
    if (value.isPinned) {
      value.isApart = uses !== 1 || this.#effect > site;
      this.#effect = at;
    } else value.isApart = uses > 1;
    if (uses === 0 && !value.isPinned) return;
    for (const arg of args) use(arg, value.isPinned || value.isApart ? at : site);
  }
}

const use = (value: Val, site: number, times = 1): void => {
  if (times === 0 || value.known !== undefined) return;
  value.site = value.uses === 0 ? site : Math.min(value.site, site);
  value.uses += times;
};
