#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "entry.h"
#include "header.h"
#include "input.h"
#include "later.h"
#include "place.h"
#include "say.h"
#include "tar.h"

/* Twice: once for what is in the way, once for a parent. */
#define MADE(name, attempt) ((attempt) || (place_clear(name) && (attempt)) || (place_clear(name) && (attempt)))

static void unpack_file(const struct entry *entry) {
  int fd = -1;
  /* Nobody else may read it before it has its owner; and nothing that was there is written to. */
  if (!MADE(entry->name, (fd = open(entry->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) >= 0)) {
    say_error(entry->name);
    input_skip(entry->size);
    return;
  }
  uint64_t left = input_write_to(fd, entry->size);
  if (left > 0) say_error(entry->name);
  input_skip(left);
  place_dress(fd, entry);
  if (close(fd) != 0) say_error(entry->name);
}

static bool is_directory(const char *name) {
  struct stat found;
  return stat(name, &found) == 0 && S_ISDIR(found.st_mode);
}

/* A link to a directory counts as one, as where /lib leads to /usr/lib; where it leads to stays as it is. */
static void unpack_directory(const struct entry *entry) {
  bool is_there = strcmp(entry->name, ".") == 0 || mkdir(entry->name, 0700) == 0;
  int error = errno;
  if (!is_there && error == EEXIST) is_there = is_directory(entry->name);
  errno = error;
  is_there = is_there || (place_clear(entry->name) && mkdir(entry->name, 0700) == 0);
  if (is_there) later_add(entry);
  else say_error(entry->name);
}

static bool are_one(const char *a, const char *b) {
  struct stat first, second;
  return lstat(a, &first) == 0 && lstat(b, &second) == 0 && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static void unpack_hard_link(const struct entry *entry) {
  struct stat target;
  if (lstat(entry->link, &target) != 0 && later_has_link(entry->link)) {
    unlink(entry->name);
    later_add(entry);
  } else if (!are_one(entry->link, entry->name) && !MADE(entry->name, link(entry->link, entry->name) == 0)) {
    say_error(entry->name);
  }
}

/* Up, or to somewhere else altogether. */
static bool leads_out(const char *link) {
  for (const char *at = link; at != NULL; at = strchr(at, '/')) {
    at += *at == '/';
    if (at[0] == '.' && at[1] == '.' && (at[2] == '/' || at[2] == 0)) return true;
  }
  return link[0] == '/';
}

static void unpack_symlink(const struct entry *entry) {
  if (leads_out(entry->link)) {
    unlink(entry->name);
    later_add(entry);
  } else if (MADE(entry->name, symlink(entry->link, entry->name) == 0)) {
    place_dress_link(entry);
  } else {
    say_error(entry->name);
  }
}

static void unpack_node(const struct entry *entry, mode_t kind) {
  /* With its mode at once: to give it one by its name could change what somebody has put there meanwhile. */
  if (MADE(entry->name, mknod(entry->name, kind | (entry->mode & 0777), entry->device) == 0)) place_dress_node(entry);
  else say_error(entry->name);
}

static void unpack(const struct entry *entry) {
  switch (entry->type) {
    case type_file: return unpack_file(entry);
    case type_directory: return unpack_directory(entry);
    case type_hard_link: return unpack_hard_link(entry);
    case type_symlink: return unpack_symlink(entry);
    case type_fifo: return unpack_node(entry, S_IFIFO);
    case type_character: return unpack_node(entry, S_IFCHR);
    case type_block: return unpack_node(entry, S_IFBLK);
    case type_volume: break;
    default: say(entry->name, "what kind of file it is, is not known here");
  }
  input_skip(entry->size);
}

int tar_unpack(const char *directory) {
  struct entry entry = {0};
  umask(0);
  if (!place_directories(directory) || chdir(directory) != 0) {
    say_error(directory);
    return say_status();
  }
  while (entry_next(&entry)) {
    unpack(&entry);
    input_skip(padding(entry.size));
  }
  later_finish();
  return say_status();
}
