#define _GNU_SOURCE
#include "own.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../tar/tar.h"

enum { descriptors_most = 4096 };

/* As test(1) has it: what leads to a directory is one. */
static int tell_kind(const char *path) {
  struct stat found;
  bool is_there = stat(path, &found) == 0, is_directory = is_there && S_ISDIR(found.st_mode);
  if (!is_there && lstat(path, &found) != 0) return 0;
  return dprintf(1, "%s\n", is_directory ? "directory" : "file") < 0;
}

static const struct command {
  const char *name;
  int (*work)(const char *path);
} commands[] = {{"kind", tell_kind}, {"pack", tar_pack}, {"unpack", tar_unpack}};

static const struct command *find(char **words) {
  bool has_path = words[1] != NULL && words[2] == NULL;
  for (size_t i = 0; has_path && i < sizeof commands / sizeof *commands; i++)
    if (strcmp(words[0], commands[i].name) == 0) return &commands[i];
  return NULL;
}

bool own_is_known(char **words) {
  if (find(words) == NULL) errno = ENOENT;
  return find(words) != NULL;
}

/* exec(2) would close them: the agent's own, and its ends of commands' streams, which would not end as long as they are open here too. */
static void let_go(void) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, 3U, ~0U, 0U) == 0) return;
#endif
  for (int fd = 3; fd < descriptors_most; fd++) close(fd);
}

void own_do(char **words) {
  let_go();
  _exit(find(words)->work(words[1]));
}
