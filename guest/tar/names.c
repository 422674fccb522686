#include "names.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

struct known {
  dev_t device;
  ino_t inode;
  char *name;
};

static int compare(const void *a, const void *b) {
  const struct known *first = a, *second = b;
  if (first->inode != second->inode) return first->inode < second->inode ? -1 : 1;
  return first->device == second->device ? 0 : first->device < second->device ? -1 : 1;
}

const char *name_before(const struct stat *file, const char *name) {
  static void *all;
  struct known *known = malloc(sizeof *known);
  if (known == NULL) say_and_end("", "no memory is left");
  *known = (struct known){file->st_dev, file->st_ino, NULL};
  struct known **found = tsearch(known, &all, compare);
  if (found == NULL) say_and_end("", "no memory is left");
  if (*found != known) {
    free(known);
    return (*found)->name;
  }
  known->name = strdup(name);
  if (known->name == NULL) say_and_end("", "no memory is left");
  return NULL;
}
