#define _GNU_SOURCE
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rest.h"

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

const char *root_mount(const struct boot *boot) {
  mkdir(root_place, 0755);
  if (strncmp(boot->root, "/dev/", strlen("/dev/")) == 0 && !rest_wait_for(boot->root)) return "the disk of its root file system";
  if (boot->sectors != NULL && !rest_wait_for_sectors(boot->root, boot->sectors)) return "the size of its root file system's disk";
  if (mount(boot->root, root_place, boot->type, boot->is_read_only ? MS_RDONLY : 0, boot->options) != 0) return "its root file system";
  if (!boot->is_read_only) mkdir("/root/etc", 0755);
  if (!place("/isola/resolv.conf", "/etc/resolv.conf", false)) return "its /etc/resolv.conf";
  if (!place("/isola/hosts", "/etc/hosts", false)) return "its /etc/hosts";
  if (access("/root/etc/apt/apt.conf.d", F_OK) == 0 && !place("/isola/apt.conf", "/etc/apt/apt.conf.d/99isola", false)) return "its /etc/apt/apt.conf.d/99isola";
  return place_volumes(boot);
}

bool root_switch(void) {
  return chdir(root_place) == 0 && mount(".", "/", NULL, MS_MOVE, NULL) == 0 && chroot(".") == 0 && chdir("/") == 0;
}
