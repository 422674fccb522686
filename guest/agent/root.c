#define _GNU_SOURCE
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rest.h"

/* Of a file that is read ahead: each takes as much of the machine's memory, as long as nobody else wants it. */
enum { read_ahead_most = 4 << 20 };

const char root_place[] = "/root";

struct mounted {
  const char *what, *where, *type;
  unsigned long flags;
  const char *options;
  bool is_there;
};

/* Whatever can be; what is there already is left alone. True if all is there then; else errno says why the first of the others isn't. */
static bool mount_all(struct mounted *list, size_t count) {
  int error = 0;
  for (struct mounted *one = list; one < list + count; one++) {
    if (one->is_there) continue;
    mkdir(one->where, 0755);
    one->is_there = mount(one->what, one->where, one->type, one->flags, one->options) == 0 || errno == EBUSY;
    if (!one->is_there && error == 0) error = errno;
  }
  errno = error;
  return error == 0;
}

bool root_mount_kernel(void) {
  static struct mounted list[] = {
      {"proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, false},
      {"sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, false},
      {"devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=755", false},
  };
  return mount_all(list, sizeof list / sizeof *list);
}

static bool mount_within(void) {
  static struct mounted list[] = {
      {"proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, false},
      {"sysfs", "sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, false},
      {"devtmpfs", "dev", "devtmpfs", MS_NOSUID, "mode=755", false},
      {"devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "mode=620,ptmxmode=666,gid=5", false},
      {"shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777", false},
      {"run", "run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755", false},
  };
  return chdir(root_place) == 0 && mount_all(list, sizeof list / sizeof *list);
}

const char *root_furnish(void) {
  if (!mount_within()) return "the mounts of a machine without an init";
  static const char *const links[][2] = {{"/proc/self/fd", "dev/fd"}, {"fd/0", "dev/stdin"}, {"fd/1", "dev/stdout"}, {"fd/2", "dev/stderr"}};
  for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
    /* A kernel may have made them. */
    if (symlink(links[i][0], links[i][1]) != 0 && errno != EEXIST) return "the links of /dev";
  }
  return NULL;
}

/* A file that nobody wrote, for something to be mounted upon. */
static bool is_file_at(const char *path) {
  struct stat found;
  if (lstat(path, &found) == 0 && S_ISREG(found.st_mode)) return true;
  /* What is there may be a link to a file that only a service would make. */
  unlink(path);
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

static bool is_directory_at(const char *path) {
  char made[4096];
  struct stat found;
  snprintf(made, sizeof made, "%s", path);
  for (char *slash = strchr(made + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    if (mkdir(made, 0755) != 0 && errno != EEXIST) return false;
    *slash = '/';
  }
  mkdir(made, 0755);
  return stat(made, &found) == 0 && S_ISDIR(found.st_mode);
}

/* Shows what is open as `from` at `to`, within the root, so that its links lead where they do for its own programs. */
static bool show(int from, const char *to, bool is_read_only) {
  char path[64];
  struct stat what;
  snprintf(path, sizeof path, "/proc/self/fd/%d", from);
  int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fstat(from, &what) != 0 || proc < 0 || chroot(root_place) != 0 || chdir("/") != 0) return false;
  if (!(S_ISDIR(what.st_mode) ? is_directory_at(to) : is_file_at(to))) return false;
  int at = open(to, O_PATH | O_CLOEXEC);
  char target[64];
  snprintf(target, sizeof target, "self/fd/%d", at);
  if (at < 0 || fchdir(proc) != 0) return false;
  if (mount(path + strlen("/proc/"), target, NULL, MS_BIND, NULL) != 0) return false;
  if (!is_read_only) return true;
  if (chdir("/") != 0) return false;
  return mount(NULL, to, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0;
}

/* By a mount upon what is there: the root file system stays as it is. */
static bool place(const char *from, const char *to, bool is_read_only) {
  int fd = open(from, O_PATH | O_CLOEXEC), status;
  if (fd < 0) return errno == ENOENT;
  pid_t pid = fork();
  if (pid == 0) _exit(show(fd, to, is_read_only) ? 0 : errno);
  close(fd);
  if (pid < 0 || waitpid(pid, &status, 0) != pid) return false;
  errno = WEXITSTATUS(status);
  return status == 0;
}

/* What is there in the root, whose links lead where they do for its own programs. */
static int open_within(const char *path, int flags) {
  struct open_how how = {.flags = (unsigned)flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
  int root = open(root_place, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how), error = errno;
  if (root >= 0) close(root);
  errno = error;
  return fd;
}

/* A file in a directory of the root, one that nobody wrote where there is none. */
static int open_place(const char *directory, const char *name) {
  struct stat found;
  int at = open_within(directory, O_PATH | O_DIRECTORY), fd;
  if (at < 0) return -1;
  if (fstatat(at, name, &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(found.st_mode)) {
    fd = openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  } else {
    /* What is there may be a link to a file that only a service would make. */
    unlinkat(at, name, 0);
    fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  }
  close(at);
  return fd;
}

/* The same for one of isola's own files, if there is one: without a process that is started for it. */
static bool place_own(const char *own, const char *directory, const char *name) {
  char what[64], where[64];
  int from = open(own, O_PATH | O_CLOEXEC);
  if (from < 0) return errno == ENOENT;
  int to = open_place(directory, name);
  snprintf(what, sizeof what, "/proc/self/fd/%d", from);
  snprintf(where, sizeof where, "/proc/self/fd/%d", to);
  bool done = to >= 0 && mount(what, where, NULL, MS_BIND, NULL) == 0;
  int error = errno;
  close(from);
  if (to >= 0) close(to);
  errno = error;
  return done;
}

static const char *place_volumes(const struct boot *boot) {
  static char what[4096];
  if (boot->volume_count == 0) return NULL;
  mkdir("/isola/volumes", 0755);
  if (boot->volumes == NULL || boot->volumes_type == NULL || mount(boot->volumes, "/isola/volumes", boot->volumes_type, 0, NULL) != 0) return "the directory of its volumes";
  for (int i = 0; i < boot->volume_count; i++) {
    char from[256];
    snprintf(from, sizeof from, "/isola/volumes/%s", boot->volume[i].name);
    snprintf(what, sizeof what, "its volume at %s", boot->volume[i].place);
    errno = ENOENT;
    if (access(from, F_OK) != 0 || !place(from, boot->volume[i].place, boot->volume[i].is_read_only)) return what;
  }
  return NULL;
}

/* Only to be read it may be, though it isn't to stay so. */
static const char *mount_root(const struct boot *boot, bool is_read_only) {
  mkdir(root_place, 0755);
  if (strncmp(boot->root, "/dev/", strlen("/dev/")) == 0 && !rest_wait_for(boot->root)) return "the disk of its root file system";
  if (boot->sectors != NULL && !rest_wait_for_sectors(boot->root, boot->sectors)) return "the size of its root file system's disk";
  if (mount(boot->root, root_place, boot->type, is_read_only ? MS_RDONLY : 0, boot->options) != 0) return "its root file system";
  return NULL;
}

/* Whether it is mounted already, only to be read. */
static bool is_begun;

static void read_ahead(const char *path) {
  static char piece[1 << 16];
  struct stat found;
  int fd = open_within(path, O_RDONLY | O_NONBLOCK);
  if (fd < 0) return;
  if (fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && found.st_size <= read_ahead_most)
    while (read(fd, piece, sizeof piece) > 0)
      ;
  close(fd);
}

const char *root_begin(const struct boot *boot) {
  static const char *const files[] = {"/bin/sh", "/bin/busybox", "/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6", "/lib/ld-musl-x86_64.so.1", "/etc/passwd", "/etc/group"};
  const char *failed = mount_root(boot, true);
  if (failed != NULL) return failed;
  is_begun = true;
  mount_within();
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) read_ahead(files[i]);
  return chdir("/") == 0 ? NULL : "its first file system";
}

const char *root_mount(const struct boot *boot) {
  const char *failed = is_begun ? NULL : mount_root(boot, boot->is_read_only);
  if (failed != NULL) return failed;
  if (is_begun && !boot->is_read_only && mount(NULL, root_place, NULL, MS_REMOUNT, boot->options) != 0) return "its root file system";
  if (!boot->is_read_only) mkdir("/root/etc", 0755);
  if (!place_own("/isola/resolv.conf", "/etc", "resolv.conf")) return "its /etc/resolv.conf";
  if (!place_own("/isola/hosts", "/etc", "hosts")) return "its /etc/hosts";
  if (access("/root/etc/apt/apt.conf.d", F_OK) == 0 && !place_own("/isola/apt.conf", "/etc/apt/apt.conf.d", "99isola")) return "its /etc/apt/apt.conf.d/99isola";
  return place_volumes(boot);
}

bool root_switch(void) {
  return chdir(root_place) == 0 && mount(".", "/", NULL, MS_MOVE, NULL) == 0 && chroot(".") == 0 && chdir("/") == 0;
}
