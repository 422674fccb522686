#define _GNU_SOURCE
#include "later.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "header.h"
#include "place.h"
#include "say.h"

struct later {
  struct later *next;
  struct entry entry;
};

/* Links in their order; directories the other way round. */
static struct later *links, **last_link = &links, *directories;

static char *kept(const char *text) {
  char *copy = strdup(text);
  if (copy == NULL) say_and_end("", "no memory is left");
  return copy;
}

void later_add(const struct entry *entry) {
  struct later *later = malloc(sizeof *later);
  if (later == NULL) say_and_end("", "no memory is left");
  *later = (struct later){.entry = *entry};
  later->entry.name = kept(entry->name);
  later->entry.link = kept(entry->link);
  if (entry->type == type_directory) {
    later->next = directories;
    directories = later;
  } else {
    *last_link = later;
    last_link = &later->next;
  }
}

bool later_has_link(const char *name) {
  for (const struct later *later = links; later != NULL; later = later->next)
    if (strcmp(later->entry.name, name) == 0) return true;
  return false;
}

static bool is_directory(const char *name) {
  struct stat found;
  return lstat(name, &found) == 0 && S_ISDIR(found.st_mode);
}

static bool is_linked(const struct entry *entry) {
  return (entry->type == type_symlink ? symlink(entry->link, entry->name) : link(entry->link, entry->name)) == 0;
}

static void make_link(const struct entry *entry) {
  bool is_made = is_linked(entry) || (errno == ENOENT && place_clear(entry->name) && is_linked(entry));
  /* What was unpacked to its place meanwhile is newer. */
  if (!is_made && errno == EEXIST && !is_directory(entry->name)) return;
  if (!is_made) say_error(entry->name);
  else if (entry->type == type_symlink) place_dress_link(entry);
}

static void dress_directory(const struct entry *entry) {
  int fd = open(entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  /* A symlink to one, which was left as it was; or something else has its place meanwhile. */
  if (fd < 0) return;
  place_dress(fd, entry);
  close(fd);
}

void later_finish(void) {
  for (const struct later *later = links; later != NULL; later = later->next) make_link(&later->entry);
  for (const struct later *later = directories; later != NULL; later = later->next) dress_directory(&later->entry);
}
