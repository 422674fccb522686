/** SET FEATURES and GET FEATURES: NVM Express 1.4, 5.21 and 5.13. */
import type { CommandHost } from './command.ts';
import { Feature, Field, mostQueues, Status } from './registers.ts';
import { freshQueues, type NvmeState } from './state.ts';

const save = 0x8000_0000;
/** What GET FEATURES asks for. */
const Select = { current: 0, byDefault: 1, saved: 2, capabilities: 3 } as const;
const changeable = 0x4;
/** Both kinds, told as one less. */
const queues = (mostQueues - 2) * 0x1_0001;

export const setFeatures = (host: CommandHost): number => {
  const { nvme, command } = host;
  const which = command.getUint32(Field.dw10, true);
  const value = command.getUint32(Field.dw11, true);
  if (which >= save) return Status.notSaveable;
  switch (which & 0xff) {
    case Feature.arbitration:
      nvme.arbitration = value;
      return Status.success;
    case Feature.power:
      // There is one state.
      return (value & 0x1f) === 0 ? Status.success : Status.invalidField;
    case Feature.temperature:
      return setThreshold(nvme, value);
    case Feature.recovery:
      nvme.recovery = value & 0xffff;
      return Status.success;
    case Feature.writeCache:
      nvme.hasWriteCache = (value & 1) !== 0;
      return Status.success;
    case Feature.queues:
      if ((value & 0xffff) === 0xffff || value >>> 16 === 0xffff) return Status.invalidField;
      host.result = queues;
      return Status.success;
    case Feature.coalescing:
      nvme.coalescing = value & 0xffff;
      return Status.success;
    case Feature.vector:
      if ((value & 0xffff) >= mostQueues) return Status.invalidField;
      nvme.vectors[value & 0xffff] = (value & 0x1_0000) !== 0;
      return Status.success;
    case Feature.atomicity:
      nvme.atomicity = value & 1;
      return Status.success;
    case Feature.events:
      nvme.eventMask = value;
      return Status.success;
    default:
      return Status.invalidField;
  }
};

export const getFeatures = (host: CommandHost): number => {
  const which = host.command.getUint32(Field.dw10, true);
  const select = (which >> 8) & 7;
  if (select > Select.capabilities) return Status.invalidField;
  const from = select === Select.current ? host.nvme : { ...host.nvme, ...freshQueues() };
  const value = featureOf(from, which & 0xff, host.command.getUint32(Field.dw11, true));
  if (value === undefined) return Status.invalidField;
  host.result = select === Select.capabilities ? changeable : value;
  return Status.success;
};

const featureOf = (nvme: NvmeState, which: number, argument: number): number | undefined => {
  switch (which) {
    case Feature.arbitration:
      return nvme.arbitration;
    case Feature.power:
      return nvme.power;
    case Feature.temperature:
      // Of the composite temperature alone.
      return ((argument >> 16) & 0xf) !== 0 ? 0 : ((argument >> 20) & 3) === 0 ? nvme.hot : nvme.cold;
    case Feature.recovery:
      return nvme.recovery;
    case Feature.writeCache:
      return nvme.hasWriteCache ? 1 : 0;
    case Feature.queues:
      return queues;
    case Feature.coalescing:
      return nvme.coalescing;
    case Feature.vector:
      return (argument & 0xffff) >= mostQueues
        ? undefined
        : (argument & 0xffff) + (nvme.vectors[argument & 0xffff] === true ? 0x1_0000 : 0);
    case Feature.atomicity:
      return nvme.atomicity;
    case Feature.events:
      return nvme.eventMask;
    default:
      return undefined;
  }
};

const setThreshold = (nvme: NvmeState, value: number): number => {
  if (((value >> 16) & 0xf) !== 0) return Status.success;
  const isUnder = ((value >> 20) & 3) !== 0;
  if (isUnder) nvme.cold = value & 0xffff;
  else nvme.hot = value & 0xffff;
  return Status.success;
};
