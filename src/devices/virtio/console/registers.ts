/** Console device: VIRTIO 1.3, 5.3. */

export const Feature = { multiport: 1, emergencyWrite: 2 } as const;

/** Of its configuration: 5.3.4. */
export const Config = { ports: 4, emergency: 8 } as const;
export const configBytes = 12;

/** Queues of the first port and those of control; then come the other ports': 5.3.2. */
export const Queue = { receive: 0, transmit: 1, controlReceive: 2, controlTransmit: 3 } as const;

/** What control messages tell: 5.3.6.2. Each has its port, this, and a value; behind some is more. */
export const Event = { deviceReady: 0, portAdd: 1, portReady: 3, consolePort: 4, portOpen: 6, portName: 7 } as const;
export const messageBytes = 8;

/** Of one computer: Linux wants a message of its own for each queue. */
export const mostPorts = 8;
