#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fuse.h"
#include "proc.h"

enum { device_shift = 56 };

static unsigned trust_s;

void attributes_trust(unsigned seconds) { trust_s = seconds; }

void attributes_of(struct fuse_attr *attributes, const struct stat *found) {
  *attributes = (struct fuse_attr){
      /* For the guest all is one file system: numbers that are equal on two of the host's must differ. */
      .ino = found->st_ino ^ (uint64_t)node_device(found->st_dev) << device_shift,
      .size = (uint64_t)found->st_size,
      .blocks = (uint64_t)found->st_blocks,
      .atime = (uint64_t)found->st_atim.tv_sec,
      .mtime = (uint64_t)found->st_mtim.tv_sec,
      .ctime = (uint64_t)found->st_ctim.tv_sec,
      .atimensec = (uint32_t)found->st_atim.tv_nsec,
      .mtimensec = (uint32_t)found->st_mtim.tv_nsec,
      .ctimensec = (uint32_t)found->st_ctim.tv_nsec,
      .mode = found->st_mode,
      .nlink = (uint32_t)found->st_nlink,
      .uid = found->st_uid,
      .gid = found->st_gid,
      .rdev = (uint32_t)found->st_rdev,
      .blksize = (uint32_t)found->st_blksize,
  };
}

void attributes_entry(struct fuse_entry_out *entry, const struct node *node, const struct stat *found) {
  *entry = (struct fuse_entry_out){.nodeid = node->id, .entry_valid = trust_s, .attr_valid = trust_s};
  attributes_of(&entry->attr, found);
}

void attributes_none(struct fuse_entry_out *entry) { *entry = (struct fuse_entry_out){.entry_valid = trust_s}; }

int attributes_get(struct request *request, struct node *node) {
  struct stat found;
  struct fuse_attr_out *answer = (struct fuse_attr_out *)request->answer.bytes;
  if (!node_stat(node, &found)) return -errno;
  *answer = (struct fuse_attr_out){.attr_valid = trust_s};
  attributes_of(&answer->attr, &found);
  return sizeof *answer;
}

static struct timespec time_for(uint32_t valid, uint32_t set, uint32_t now, uint64_t seconds, uint32_t nanoseconds) {
  if (valid & now) return (struct timespec){.tv_nsec = UTIME_NOW};
  if (!(valid & set)) return (struct timespec){.tv_nsec = UTIME_OMIT};
  return (struct timespec){.tv_sec = (time_t)seconds, .tv_nsec = nanoseconds};
}

static int set_size(struct node *node, const struct fuse_setattr_in *said) {
  int fd = node_open(node, access_write);
  if (fd < 0 || ftruncate(fd, (off_t)said->size) != 0) return -errno;
  if (said->valid & FATTR_KILL_SUIDGID) files_drop_privileges(fd);
  return 0;
}

int attributes_set(struct request *request, struct node *node) {
  struct fuse_setattr_in said;
  char path[proc_path_most];
  if (!request_take(request, &said, sizeof said)) return -EINVAL;
  int fd = node_open(node, access_path);
  if (fd < 0) return -errno;
  if (said.valid & (FATTR_UID | FATTR_GID)) {
    uid_t uid = said.valid & FATTR_UID ? said.uid : (uid_t)-1;
    gid_t gid = said.valid & FATTR_GID ? said.gid : (gid_t)-1;
    if (fchownat(fd, "", uid, gid, AT_EMPTY_PATH) != 0) return -errno;
  }
  if ((said.valid & FATTR_MODE) && chmod(proc_path(path, fd), said.mode & 07777) != 0) return -errno;
  if (said.valid & FATTR_SIZE) {
    int result = set_size(node, &said);
    if (result < 0 || (fd = node_open(node, access_path)) < 0) return result < 0 ? result : -errno;
  }
  if (said.valid & (FATTR_ATIME | FATTR_MTIME | FATTR_ATIME_NOW | FATTR_MTIME_NOW)) {
    const struct timespec times[2] = {time_for(said.valid, FATTR_ATIME, FATTR_ATIME_NOW, said.atime, said.atimensec),
                                      time_for(said.valid, FATTR_MTIME, FATTR_MTIME_NOW, said.mtime, said.mtimensec)};
    if (utimensat(AT_FDCWD, proc_path(path, fd), times, 0) != 0) return -errno;
  }
  return attributes_get(request, node);
}
