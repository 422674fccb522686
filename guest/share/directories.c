#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuse.h"

/* What getdents64(2) gives. */
struct entry {
  uint64_t inode;
  int64_t offset;
  uint16_t bytes;
  uint8_t kind;
  char name[];
};

enum { batch_bytes = 2048, name_offset = 19, aligned = 8 };

static size_t padded(size_t bytes) { return (bytes + aligned - 1) / aligned * aligned; }

static void put(uint8_t *to, const struct entry *entry, size_t length) {
  struct fuse_dirent head = {.ino = entry->inode, .off = (uint64_t)entry->offset, .namelen = (uint32_t)length, .type = entry->kind};
  memcpy(to, &head, FUSE_NAME_OFFSET);
  memcpy(to + FUSE_NAME_OFFSET, entry->name, length);
}

/* With what a look-up would tell; whoever can't be told of is only named. */
static void put_plus(uint8_t *to, const struct entry *entry, size_t length, struct node *parent, int directory) {
  struct fuse_entry_out told = {0};
  struct stat found;
  bool is_dots = strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0;
  struct node *node = NULL;
  if (!is_dots && fstatat(directory, entry->name, &found, AT_SYMLINK_NOFOLLOW) == 0) node = node_tell(parent, entry->name, &found);
  if (node != NULL) attributes_entry(&told, node, &found);
  memcpy(to, &told, sizeof told);
  put(to + FUSE_NAME_OFFSET_DIRENTPLUS - FUSE_NAME_OFFSET, entry, length);
}

static int list(struct request *request, struct node *node, bool is_plus) {
  union {
    uint8_t bytes[batch_bytes];
    uint64_t aligned;
  } batch;
  struct fuse_read_in said;
  if (!request_take(request, &said, sizeof said)) return -EINVAL;
  size_t room = said.size < request->room ? said.size : request->room, filled = 0;
  if (room > sizeof request->answer.bytes) room = sizeof request->answer.bytes;
  int fd = node_open(node, access_read);
  if (fd < 0 || lseek(fd, (off_t)said.offset, SEEK_SET) < 0) return -errno;
  for (;;) {
    long count = syscall(SYS_getdents64, fd, batch.bytes, sizeof batch.bytes);
    if (count < 0) return filled > 0 ? (int)filled : -errno;
    if (count == 0) return (int)filled;
    for (long at = 0; at < count;) {
      const struct entry *entry = (const struct entry *)(batch.bytes + at);
      size_t length = strlen(entry->name), bytes = padded((is_plus ? FUSE_NAME_OFFSET_DIRENTPLUS : FUSE_NAME_OFFSET) + length);
      if (filled + bytes > room) return (int)filled;
      memset(request->answer.bytes + filled, 0, bytes);
      if (is_plus) put_plus(request->answer.bytes + filled, entry, length, node, fd);
      else put(request->answer.bytes + filled, entry, length);
      filled += bytes;
      at += entry->bytes;
    }
  }
}

int directories_read(struct request *request, struct node *node) { return list(request, node, false); }

int directories_read_plus(struct request *request, struct node *node) { return list(request, node, true); }
