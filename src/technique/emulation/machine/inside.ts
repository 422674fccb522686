/** Where the jail of a machine shows what that needs. */
export const inside = {
  node: '/machine/node',
  relay: '/machine/relay',
  cable: '/machine/cable',
  share: '/machine/share',
  volumes: '/machine/volumes',
  outset: '/machine/outset',
  root: '/machine/disk.img',
  base: '/machine/base.img',
  run: '/machine/run',
  agent: '/machine/run/agent',
  kernelLog: '/machine/run/kernel.log',
  description: '/machine/run/machine.json',
  rest: '/machine/run/rest',
  line: '/machine/run/line',
  network: '/machine/run/network',
  files: '/machine/run/files',
} as const;
