/** What of a store happens when the host starts and shuts down: its init's business, where that is systemd. */
import { existsSync, readdirSync } from 'node:fs';
import { readIfThere } from '../file/files.ts';
import { isOrdinaryUser } from '../user/index.ts';
import { enableUnit, hasUnit, isSystemd, removeUnit, unitDirectory, unitFault } from './systemd.ts';
import { type UnitPlan, unitMark, unitText } from './unit.ts';

export interface BootPlan extends UnitPlan {
  /** Four hex digits that mark the store. */
  readonly tag: string;
}

export class BootService {
  /** `isola.service` is the usual store's. */
  readonly name: string;
  readonly #plan: BootPlan;

  constructor(plan: BootPlan) {
    this.name = plan.store === '/var/lib/isola' ? 'isola.service' : `isola-${plan.tag}.service`;
    this.#plan = plan;
  }

  /** Has environments started at boot and stopped at shutdown, or no longer. Returns a sentence about what that changed, if anything. */
  async follow(wanted: boolean): Promise<string | undefined> {
    if (!this.isOurs) return wanted ? this.#byHand : undefined;
    if (!wanted) {
      if (!hasUnit(this.name)) return undefined;
      await removeUnit(this.name);
      return `${this.name} is gone, for nothing is to be started at boot any more`;
    }
    if ((await this.fault()) === undefined) return undefined;
    await enableUnit(this.name, unitText(this.#plan));
    return `${this.name} starts environments with an order at boot from now on, and stops all at shutdown`;
  }

  /** Why what has an order would not be started at boot, or not stopped at shutdown; undefined where it would. */
  async fault(): Promise<string | undefined> {
    return this.isOurs ? unitFault(this.name, unitText(this.#plan)) : this.#byHand;
  }

  /** Whether isola can set it up itself. */
  get isOurs(): boolean {
    return isSystemd() && !isOrdinaryUser();
  }

  /** Whether the host has a unit for this store, wanted or not. */
  isThere(): boolean {
    return hasUnit(this.name);
  }

  get #byHand(): string {
    const self = this.#plan.self.map((word) => (/^[\w/.,:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
    const why = isOrdinaryUser() ? 'only root has units of its own: have cron(8)' : 'this host’s init is not systemd: have it';
    return `${why} run ${self} start --onboot at boot, and the same with stop --all at shutdown`;
  }
}

/** Units of stores that are not there, with their paths and the stores' directories. They do nothing at boot. */
export const orphanUnits = (): readonly { readonly path: string; readonly store: string }[] => {
  if (!existsSync(unitDirectory)) return [];
  return readdirSync(unitDirectory)
    .filter((name) => /^isola(-[0-9a-f]{4})?\.service$/.test(name))
    .flatMap((name) => {
      const [first = ''] = (readIfThere(`${unitDirectory}/${name}`) ?? '').split('\n');
      const store = first.startsWith(unitMark) ? first.slice(unitMark.length) : undefined;
      return store === undefined || existsSync(`${store}/isola.db`) ? [] : [{ path: `${unitDirectory}/${name}`, store }];
    });
};
