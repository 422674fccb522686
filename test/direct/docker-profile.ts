/**
 * What a program in a container of Docker's may ask of the kernel by default, where it has no capabilities: github.com/moby/profiles, seccomp/default.json at cd3bed8, for x86-64. It names all that may be; here is what it leaves out of
 * the calls that linux 6.16 has (arch/x86/entry/syscalls/syscall_64.tbl), which is less, and what later kernels have is refused, too. Refused calls fail with EPERM.
 */
import { linuxSeccomp } from '../../src/abi/index.ts';

/** No call is behind this one: open_tree_attr(2). */
const last = 467;

const refused = [
  // syslog, uselib, ustat, sysfs, vhangup, pivot_root, _sysctl, chroot, acct, settimeofday
  ...[103, 134, 136, 139, 153, 155, 156, 161, 163, 164],
  // mount, umount2, swapon, swapoff, reboot, sethostname, setdomainname, iopl, ioperm, create_module, init_module, delete_module
  ...[165, 166, 167, 168, 169, 170, 171, 172, 173, 174, 175, 176],
  // get_kernel_syms, query_module, quotactl, nfsservctl, getpmsg, putpmsg, afs_syscall, tuxcall, security, lookup_dcookie, clock_settime
  ...[177, 178, 179, 180, 181, 182, 183, 184, 185, 212, 227],
  // vserver, mbind, set_mempolicy, get_mempolicy, kexec_load, add_key, request_key, keyctl, migrate_pages, unshare, move_pages
  ...[236, 237, 238, 239, 246, 248, 249, 250, 256, 272, 279],
  // perf_event_open, fanotify_init, open_by_handle_at, setns, kcmp, finit_module, kexec_file_load, bpf, userfaultfd
  ...[298, 300, 304, 308, 312, 313, 320, 321, 323],
  // io_uring_setup, _enter, _register, open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, pidfd_getfd, process_madvise
  ...[425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 440],
  // mount_setattr, quotactl_fd, set_mempolicy_home_node, lsm_get_self_attr, lsm_set_self_attr, lsm_list_modules, open_tree_attr
  ...[442, 443, 450, 459, 460, 461, 467],
] as const;
const [socket, clone, personality, clone3] = [41, 56, 135, 435] as const;
/** Of clone(2): CLONE_NEW…, all namespaces. */
const namespaces = 0x7e02_0000;
/** Of socket(2), of more than AF_X25, which are all below this. */
const families = [13, 14, 15, 16, 17, 18, 21, 22, 24, 26, 27, 28, 29, 30, 31, 32, 33, 35, 36, 39, 41, 42, 43, 44, 45] as const;
const firstFamily = 12;
const personalities = [0, 8, 0x2_0000, 0x2_0008, 0xffff_ffff] as const;
const [EPERM, ENOSYS] = [1, 38];

type Step = readonly [op: number, jumpTrue: number, jumpFalse: number, constant: number];

const { answer, classicOp: op, seccompData, seccompOn } = linuxSeccomp;
const end = (value: number): Step => [op.end, 0, 0, value];
const [allow, refuse] = [end(answer.allow), end(answer.errno | EPERM)] as const;

/** What follows is for this number alone; it ends in itself. */
const of = (number: number, ...steps: readonly Step[]): readonly Step[] => [[op.jumpIfEqual, 0, steps.length, number], ...steps];
const oneOf = (values: readonly number[]): readonly Step[] => values.flatMap((value) => of(value, allow));
const firstArgument: Step = [op.loadWord, 0, 0, seccompData.arguments];

export const dockersFilter: readonly Step[] = [
  [op.loadWord, 0, 0, seccompData.architecture],
  ...[[op.jumpIfEqual, 1, 0, seccompOn.x64.audit] as const, refuse],
  [op.loadWord, 0, 0, seccompData.number],
  ...[[op.jumpIfAtLeast, 0, 1, last + 1] as const, refuse],
  ...refused.flatMap((number) => of(number, refuse)),
  ...of(clone3, end(answer.errno | ENOSYS)),
  ...of(clone, firstArgument, [op.jumpIfAny, 0, 1, namespaces], refuse, allow),
  ...of(socket, firstArgument, [op.jumpIfAtLeast, 1, 0, firstFamily], allow, ...oneOf(families), refuse),
  ...of(personality, firstArgument, ...oneOf(personalities), refuse),
  allow,
];
