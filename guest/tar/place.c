#define _GNU_SOURCE
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"

enum { usual_mode = 0755 };

bool place_directories(const char *path) {
  char *part = strdup(path);
  if (part == NULL) return false;
  bool is_there = true;
  for (char *at = part; is_there && *at != 0;) {
    at += strspn(at, "/");
    at += strcspn(at, "/");
    char end = *at;
    *at = 0;
    struct stat found;
    is_there = part[0] == 0 || mkdir(part, usual_mode) == 0 || (errno == EEXIST && stat(part, &found) == 0);
    if (is_there && errno == EEXIST && part[0] != 0 && !S_ISDIR(found.st_mode)) {
      errno = ENOTDIR;
      is_there = false;
    }
    *at = end;
  }
  free(part);
  return is_there;
}

static bool make_parents(const char *name) {
  char *parent = strdup(name), *slash;
  if (parent == NULL) return false;
  bool is_there = (slash = strrchr(parent, '/')) != NULL;
  if (is_there) {
    *slash = 0;
    is_there = place_directories(parent);
  } else {
    errno = ENOENT;
  }
  free(parent);
  return is_there;
}

bool place_clear(const char *name) {
  if (errno == ENOENT) return make_parents(name);
  return errno == EEXIST && unlink(name) == 0;
}

static bool is_root(void) {
  static int known = -1;
  if (known < 0) known = geteuid() == 0;
  return known;
}

static void time_of(const struct entry *entry, struct timespec *times) {
  times[0] = (struct timespec){.tv_nsec = UTIME_OMIT};
  times[1] = entry->mtime;
}

void place_dress(int fd, const struct entry *entry) {
  struct timespec times[2];
  time_of(entry, times);
  /* A change of owner takes set-id bits away. */
  if (is_root() && fchown(fd, entry->uid, entry->gid) != 0) say_error(entry->name);
  if (fchmod(fd, entry->mode) != 0) say_error(entry->name);
  if (futimens(fd, times) != 0) say_error(entry->name);
}

void place_dress_link(const struct entry *entry) {
  struct timespec times[2];
  time_of(entry, times);
  if (is_root() && lchown(entry->name, entry->uid, entry->gid) != 0) say_error(entry->name);
  if (utimensat(AT_FDCWD, entry->name, times, AT_SYMLINK_NOFOLLOW) != 0) say_error(entry->name);
}

/* By name: whoever owns the directory may have something else there by now, so nothing here follows a link. */
void place_dress_node(const struct entry *entry) { place_dress_link(entry); }
