/* The entries of an archive, one after the other, with what describes them beforehand (GNU's long names, pax headers) put together. */
#ifndef ENTRY_H
#define ENTRY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct entry {
  char type;
  /* Without what would lead out: `/` at its beginning, `..` anywhere. `.` is the directory itself. */
  char *name;
  /* Of a hard link as a name is; of a symlink as it was written. */
  char *link;
  uint64_t size;
  mode_t mode;
  uid_t uid;
  gid_t gid;
  dev_t device;
  struct timespec mtime;
};

/* False at the end of the archive. Ends the program where there is no archive. The texts last until the next. */
bool entry_next(struct entry *entry);
/* Bytes behind `count` bytes of contents, until the next block. */
static inline uint64_t padding(uint64_t count) { return -count & 511; }

#endif
