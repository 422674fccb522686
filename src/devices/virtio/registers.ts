/** Virtual I/O Device (VIRTIO) 1.3: status (2.1), features (6), registers of a PCI function (4.1.4). */

export const Status = { driverOk: 0x04, featuresOk: 0x08, needsReset: 0x40 } as const;

/** Features of every device, by their bits. */
export const Feature = { indirect: 28, eventIndex: 29, version1: 32, packed: 34, ringReset: 40 } as const;

/** 4.1.2: what makes a function a virtio device, and which. */
export const vendor = 0x1af4;
export const firstDevice = 0x1040;

/** Types of capabilities, 4.1.4. */
export const CapabilityKind = { common: 1, notify: 2, isr: 3, device: 4, access: 5 } as const;

/** Where structures lie in the function's only region, a page each. */
export const Place = { common: 0x0000, isr: 0x1000, device: 0x2000, notify: 0x3000, table: 0x4000, waiting: 0x5000 } as const;
export const regionBytes = 0x8000;
/** Between two queues' places to notify at. */
export const notifyBytes = 4;

/** The common configuration structure, 4.1.4.3; each with its bytes. */
export const Common = {
  deviceFeatureSelect: 0x00,
  deviceFeature: 0x04,
  driverFeatureSelect: 0x08,
  driverFeature: 0x0c,
  configVector: 0x10,
  queues: 0x12,
  status: 0x14,
  generation: 0x15,
  queueSelect: 0x16,
  queueSize: 0x18,
  queueVector: 0x1a,
  queueEnable: 0x1c,
  queueNotifyOffset: 0x1e,
  /** Descriptors, what the driver writes, what the device writes: low and high halves. */
  queueAt: 0x20,
  queueReset: 0x3a,
} as const;
export const commonBytes = 0x40;

/** Nobody is told: 4.1.5.1.2. */
export const noVector = 0xffff;
/** 4.1.4.5. */
export const Isr = { queue: 0x1, config: 0x2 } as const;

/** Flags of descriptors: 2.7.5 and 2.8.1. */
export const Descriptor = { next: 0x1, write: 0x2, indirect: 0x4, available: 0x80, used: 0x8000 } as const;
export const descriptorBytes = 16;
