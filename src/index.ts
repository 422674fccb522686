/** The library: `import { Isola } from 'isola'`. */
import { open } from './main.ts';
import { type IsolaOptions, StoreHandle } from './surface/api/index.ts';

export class Isola extends StoreHandle {
  /** Opens a store, made if it isn't there. Throws `store-unusable` or `not-root`. */
  static async open(options: IsolaOptions = {}): Promise<Isola> {
    return new Isola(await open({ store: options.store }), options);
  }
}

export type {
  Comparison,
  Deed,
  DoctorReport,
  EnvironmentDetail,
  EnvironmentRow,
  ImageRow,
  Input,
  Result,
  SnapshotRow,
  UsageRow,
} from './environment/command/index.ts';
export type { DataVerb, Exit, Progress, Publish, RefusalCode, Spec, TechniqueName, TerminalSize, Volume } from './environment/index.ts';
export { Refusal } from './environment/index.ts';
export type * from './surface/api/index.ts';
export { ExecError } from './surface/api/index.ts';
