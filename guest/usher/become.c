/*
 * Becomes a program. An OCI runtime must not be written to through /proc/self/exe by whom it starts (CVE-2019-5736): one that finds itself on
 * a file system that can be written makes a read-only mount of itself and begins anew. Begun on such a mount it needn't: 3 ms of each start.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "usher.h"

/* Where a program is, as execvp(3) looks for it; false where nowhere. */
static bool find(const char *name, char *path, size_t room) {
  const char *next = getenv("PATH");
  if (strchr(name, '/') != NULL || next == NULL) return false;
  for (const char *from = next; next != NULL; from = next + 1) {
    next = strchr(from, ':');
    int length = next == NULL ? (int)strlen(from) : (int)(next - from);
    int written = snprintf(path, room, "%.*s/%s", length, from, name);
    if (length > 0 && written > 0 && (size_t)written < room && access(path, X_OK) == 0) return true;
  }
  return false;
}

/* open_tree(2), mount_setattr(2): nobody else sees the mount, and it goes with the process. Returns where that can't be done. */
static void become_read_only(char **words) {
  char path[4096];
  if (!find(words[0], path, sizeof path)) return;
  int tree = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (tree < 0) return;
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
  if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) == 0)
    syscall(SYS_execveat, tree, "", words, environ, AT_EMPTY_PATH);
  close(tree);
}

void become(char **words, bool is_read_only) {
  if (is_read_only) become_read_only(words);
  execvp(words[0], words);
  die(words[0]);
}
