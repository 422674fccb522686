/** Where the jail of a machine shows what that needs. */
export const inside = {
  kernel: '/machine/linux',
  relay: '/machine/relay',
  share: '/machine/share',
  initramfs: '/machine/run/initramfs',
  root: '/machine/root',
  run: '/machine/run',
  agent: '/machine/run/agent',
  kernelLog: '/machine/run/kernel.log',
  volumes: '/machine/volumes',
  tools: '/machine/tools',
  tool: '/machine/tools/busybox',
  memory: '/dev/shm',
  mconsole: '/dev/shm/machine/mconsole',
} as const;
