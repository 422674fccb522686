#define _GNU_SOURCE
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

const char root_place[] = "/root";

struct mounted {
  const char *what, *where, *type;
  unsigned long flags;
  const char *options;
};

static bool mount_all(const struct mounted *list, size_t count) {
  for (size_t i = 0; i < count; i++) {
    mkdir(list[i].where, 0755);
    if (mount(list[i].what, list[i].where, list[i].type, list[i].flags, list[i].options) != 0 && errno != EBUSY) return false;
  }
  return true;
}

bool root_mount_kernel(void) {
  static const struct mounted list[] = {
      {"proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
      {"sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
      {"devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=755"},
  };
  return mount_all(list, sizeof list / sizeof *list);
}

const char *root_furnish(void) {
  static const struct mounted list[] = {
      {"proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
      {"sysfs", "sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
      {"devtmpfs", "dev", "devtmpfs", MS_NOSUID, "mode=755"},
      {"devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "mode=620,ptmxmode=666,gid=5"},
      {"shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"},
      {"run", "run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"},
  };
  if (chdir(root_place) != 0 || !mount_all(list, sizeof list / sizeof *list)) return "the mounts of a machine without an init";
  static const char *const links[][2] = {{"/proc/self/fd", "dev/fd"}, {"fd/0", "dev/stdin"}, {"fd/1", "dev/stdout"}, {"fd/2", "dev/stderr"}};
  for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
    /* A kernel may have made them. */
    if (symlink(links[i][0], links[i][1]) != 0 && errno != EEXIST) return "the links of /dev";
  }
  return NULL;
}

static bool copy(int from, int to) {
  char bytes[4096];
  ssize_t count;
  while ((count = read(from, bytes, sizeof bytes)) > 0)
    if (write(to, bytes, (size_t)count) != count) return false;
  return count == 0;
}

/* Within the root, so that its links lead where they do for its own programs. */
static bool place_within(int from, const char *to) {
  if (chroot(root_place) != 0 || chdir("/") != 0) return false;
  /* What was there may be a link to a file that only a service would make. */
  unlink(to);
  int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  return fd >= 0 && copy(from, fd);
}

/* A root that nobody may write gets the file from the initramfs, by a mount upon what is there. */
static bool cover(const char *from, const char *to) {
  char path[256];
  snprintf(path, sizeof path, "%s%s", root_place, to);
  return mount(from, path, NULL, MS_BIND, NULL) == 0;
}

static bool place(const char *from, const char *to, bool is_read_only) {
  int fd = open(from, O_RDONLY | O_CLOEXEC), status;
  if (fd < 0) return errno == ENOENT;
  if (is_read_only) {
    close(fd);
    return cover(from, to);
  }
  pid_t pid = fork();
  if (pid == 0) _exit(place_within(fd, to) ? 0 : 1);
  close(fd);
  return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

const char *root_mount(const struct boot *boot) {
  mkdir(root_place, 0755);
  if (mount(boot->root, root_place, boot->type, boot->is_read_only ? MS_RDONLY : 0, NULL) != 0) return "its root file system";
  mkdir("/root/etc", 0755);
  if (!place("/isola/resolv.conf", "/etc/resolv.conf", boot->is_read_only)) return "its /etc/resolv.conf";
  if (!place("/isola/hosts", "/etc/hosts", boot->is_read_only)) return "its /etc/hosts";
  return NULL;
}

bool root_switch(void) {
  return chdir(root_place) == 0 && mount(".", "/", NULL, MS_MOVE, NULL) == 0 && chroot(".") == 0 && chdir("/") == 0;
}
