/** Commands of administration: NVM Express 1.4, 5. */
import { answer, type CommandHost } from './command.ts';
import { getFeatures, setFeatures } from './features.ts';
import { identifyController, identifyDescriptors, identifyNamespace, tellFirmware, tellHealth } from './identify.ts';
import { Admin, allNamespaces, Field, largestBytes, mostEntries, mostQueues, pageBytes, Status } from './registers.ts';
import { mostEvents, noCompletion, noSubmission } from './state.ts';

const Cns = { namespace: 0, controller: 1, list: 2, descriptors: 3 } as const;
const Log = { errors: 1, health: 2, firmware: 3 } as const;
const keepsEvent = 0x8000;

/** Undefined where it waits. */
export const runAdmin = (host: CommandHost): number | undefined => {
  switch (host.command.getUint8(Field.opcode)) {
    case Admin.createCompletion:
      return createCompletion(host);
    case Admin.createSubmission:
      return createSubmission(host);
    case Admin.deleteCompletion:
      return deleteCompletion(host);
    case Admin.deleteSubmission:
      return deleteSubmission(host);
    case Admin.identify:
      return identify(host);
    case Admin.getLogPage:
      return getLogPage(host);
    case Admin.setFeatures:
      return setFeatures(host);
    case Admin.getFeatures:
      return getFeatures(host);
    case Admin.abort:
      return abort(host);
    case Admin.awaitEvent:
      return awaitEvent(host);
    default:
      return Status.invalidOpcode;
  }
};

/** What both kinds of queues are created with: where, and how many entries they have beside the first. */
const ringOf = ({ command }: CommandHost): { at: number; last: number } | number => {
  const at = command.getBigUint64(Field.prp1, true);
  const last = command.getUint16(Field.dw10 + 2, true);
  if (last === 0 || last >= mostEntries) return Status.invalidQueueSize;
  if ((command.getUint32(Field.dw11, true) & 1) === 0) return Status.invalidField;
  if (at % BigInt(pageBytes) !== 0n || at >= 1n << 48n) return Status.invalidOffset;
  return { at: Number(at), last };
};

/** Which one is named: none that is 0. */
const idOf = ({ command }: CommandHost): number | undefined => {
  const id = command.getUint16(Field.dw10, true);
  return id === 0 || id >= mostQueues ? undefined : id;
};

const createCompletion = (host: CommandHost): number => {
  const { nvme, command } = host;
  const id = idOf(host);
  if (id === undefined || nvme.completions[id]?.last !== 0) return Status.invalidQueue;
  const ring = ringOf(host);
  if (typeof ring === 'number') return ring;
  const vector = command.getUint16(Field.dw11 + 2, true);
  if (vector >= mostQueues) return Status.invalidVector;
  nvme.completions[id] = { ...noCompletion(), ...ring, vector, isInterrupting: (command.getUint32(Field.dw11, true) & 2) !== 0 };
  return Status.success;
};

const createSubmission = (host: CommandHost): number => {
  const { nvme, command } = host;
  const completion = command.getUint16(Field.dw11 + 2, true);
  if (completion === 0 || (nvme.completions[completion]?.last ?? 0) === 0) return Status.invalidCompletionQueue;
  const id = idOf(host);
  if (id === undefined || nvme.submissions[id]?.last !== 0) return Status.invalidQueue;
  const ring = ringOf(host);
  if (typeof ring === 'number') return ring;
  nvme.submissions[id] = { ...noSubmission(), ...ring, completion };
  return Status.success;
};

const deleteCompletion = (host: CommandHost): number => {
  const { nvme } = host;
  const id = idOf(host);
  if (id === undefined || nvme.completions[id]?.last === 0) return Status.invalidQueue;
  if (nvme.submissions.some(({ last, completion }) => last !== 0 && completion === id)) return Status.invalidDeletion;
  nvme.completions[id] = noCompletion();
  return Status.success;
};

const deleteSubmission = (host: CommandHost): number => {
  const id = idOf(host);
  if (id === undefined || host.nvme.submissions[id]?.last === 0) return Status.invalidQueue;
  host.nvme.submissions[id] = noSubmission();
  return Status.success;
};

const identify = (host: CommandHost): number => {
  const { command, disk, label } = host;
  const namespace = command.getUint32(Field.namespace, true);
  const page = host.data.subarray(0, pageBytes);
  switch (command.getUint8(Field.dw10)) {
    case Cns.controller:
      identifyController(page, label);
      break;
    case Cns.namespace:
      // What all of them have in common is asked for where there is no management of them, too: 5.15.2.1.
      if (namespace !== 1 && namespace !== allNamespaces) return Status.invalidNamespace;
      identifyNamespace(page, disk, label);
      break;
    case Cns.list:
      if (namespace >= allNamespaces - 1) return Status.invalidNamespace;
      page.fill(0);
      page[0] = namespace === 0 ? 1 : 0;
      break;
    case Cns.descriptors:
      if (namespace !== 1) return Status.invalidNamespace;
      identifyDescriptors(page, label);
      break;
    default:
      return Status.invalidField;
  }
  return answer(host, pageBytes);
};

/** Those are as long as a page at most; behind them there are zeros. */
const getLogPage = (host: CommandHost): number => {
  const { command, nvme } = host;
  const which = command.getUint8(Field.dw10);
  const bytes = 4 * (command.getUint16(Field.dw10 + 2, true) + command.getUint16(Field.dw11, true) * 0x1_0000 + 1);
  const from = command.getUint32(Field.dw12, true);
  if (bytes > largestBytes) return Status.invalidField;
  const page = host.data.subarray(0, pageBytes);
  page.fill(0);
  if (which === Log.health) tellHealth(page);
  else if (which === Log.firmware) tellFirmware(page);
  else if (which !== Log.errors) return Status.invalidLogPage;
  if (from % 4 !== 0 || command.getUint32(Field.dw13, true) !== 0) return Status.invalidField;
  host.data.copyWithin(0, Math.min(from, pageBytes), pageBytes);
  host.data.fill(0, Math.max(0, pageBytes - from), bytes);
  // Whoever looks wants to be told of the next: 5.14.
  if ((command.getUint32(Field.dw10, true) & keepsEvent) === 0) {
    nvme.told &= ~(1 << (which - 1));
    host.tellEvents();
  }
  return answer(host, bytes);
};

/** Only commands that wait for events aren't through yet. */
const abort = (host: CommandHost): number => {
  const { command, nvme } = host;
  const [queue, id] = [command.getUint16(Field.dw10, true), command.getUint16(Field.dw10 + 2, true)];
  const isAborted = queue === 0 && nvme.awaiting.includes(id) && host.complete(id, Status.aborted, 0);
  if (isAborted) nvme.awaiting = nvme.awaiting.filter((one) => one !== id);
  host.result = isAborted ? 0 : 1;
  return Status.success;
};

const awaitEvent = (host: CommandHost): number | undefined => {
  const { nvme, command } = host;
  if (nvme.awaiting.length >= mostEvents) return Status.tooManyEvents;
  nvme.awaiting.push(command.getUint16(Field.id, true));
  host.tellEvents();
  return undefined;
};
