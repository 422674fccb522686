#define _GNU_SOURCE
#include "group.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static const char hierarchy[] = "/isola/groups", machine[] = "/isola/groups/machine";
/* A group may have processes or hand its controllers on, and a system's init does that. */
static const char commands[] = "/isola/groups/machine/isola";
enum { folders_most = 16 };

static bool is_there;
static unsigned long refusals;

/* Who is in the group may not lift its limit: nsdelegate. */
static bool mount_here(void) {
  mkdir(hierarchy, 0755);
  return mount("isola", hierarchy, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, "nsdelegate") == 0;
}

static bool put(const char *group, const char *name, const char *text) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", group, name);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
  int error = errno;
  close(fd);
  errno = error;
  return done;
}

/* The number behind `name`, or the first one where that is NULL; 0 where there is none. */
static unsigned long number_in(const char *path, const char *name) {
  char text[256];
  unsigned long number = 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t count = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (fd >= 0) close(fd);
  if (count < 0) return 0;
  text[count] = 0;
  const char *at = name == NULL ? text : strstr(text, name);
  return at != NULL && sscanf(at + (name == NULL ? 0 : strlen(name)), "%lu", &number) == 1 ? number : 0;
}

void group_begin(void) { is_there = mount_here(); }

bool group_make(const char *most) {
  if (!mount_here()) return false;
  bool done = put(hierarchy, "cgroup.subtree_control", "+pids") && mkdir(machine, 0755) == 0 && put(machine, "pids.max", most) && put(machine, "cgroup.procs", "0") &&
              unshare(CLONE_NEWCGROUP) == 0;
  int error = errno;
  umount2(hierarchy, MNT_DETACH);
  errno = error;
  return done;
}

void group_enter(void) {
  if (!is_there || access(machine, F_OK) != 0) return;
  /* Inits remove groups in which nobody is. */
  mkdir(commands, 0755);
  put(commands, "cgroup.procs", "0");
}

bool group_limit(unsigned most) {
  char text[16] = "max";
  if (!is_there) return errno = ENOENT, false;
  if (most > 0) snprintf(text, sizeof text, "%u", most);
  return put(machine, "pids.max", text);
}

/* The kernel counts a refusal where the process is that was refused. */
static int add(const char *path, const struct stat *found, int kind, struct FTW *place) {
  (void)found;
  if (kind == FTW_F && strcmp(path + place->base, "pids.events") == 0) refusals += number_in(path, "max ");
  return 0;
}

bool group_count(unsigned long *used, unsigned long *refused) {
  char path[128];
  if (!is_there || access(machine, F_OK) != 0) return false;
  refusals = 0;
  nftw(machine, add, folders_most, FTW_PHYS);
  snprintf(path, sizeof path, "%s/pids.current", machine);
  *used = number_in(path, NULL);
  *refused = refusals;
  return true;
}
