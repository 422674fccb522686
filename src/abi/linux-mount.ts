/** Mounting on Linux x86-64 and arm64: mount(2), mount_setattr(2), open_tree(2), move_mount(2); linux v6.1 include/uapi/linux/mount.h, fcntl.h. */

/** System call numbers, the same on every architecture since linux v5.1. */
export const sys = { openTree: 428, moveMount: 429, mountSetattr: 442 } as const;

export const ms = { rdonly: 1, nosuid: 2, nodev: 4, noexec: 8, bind: 4096, rec: 16384, private: 1 << 18, slave: 1 << 19 } as const;
export const mnt = { detach: 2 } as const;
export const openTree = { clone: 1, cloexec: 0o2000000 } as const;
export const moveMount = { fromEmptyPath: 4 } as const;
export const mountAttr = { rdonly: 1, nosuid: 2, nodev: 4, noexec: 8, idmap: 0x0010_0000 } as const;
/** sched.h. */
export const clone = { fs: 0x200, newns: 0x2_0000 } as const;
export const at = { fdcwd: -100, emptyPath: 0x1000, recursive: 0x8000 } as const;

/** struct mount_attr: four u64, attr_set, attr_clr, propagation, userns_fd. */
export const mountAttrBytes = 32;
