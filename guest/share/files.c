#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuse.h"

static struct iovec pieces[queue_size_most];

int files_open(struct request *request, struct node *node) {
  struct fuse_open_out *answer = (struct fuse_open_out *)request->answer.bytes;
  (void)node;
  *answer = (struct fuse_open_out){.open_flags = FOPEN_KEEP_CACHE};
  return sizeof *answer;
}

int files_read(struct request *request, struct node *node) {
  struct fuse_read_in said;
  if (!request_take(request, &said, sizeof said)) return -EINVAL;
  size_t size = said.size < request->room ? said.size : request->room;
  int count = request_place(request, size, pieces), fd = node_open(node, access_read);
  if (fd < 0) return -errno;
  ssize_t bytes = count <= 0 ? 0 : preadv(fd, pieces, count, (off_t)said.offset);
  return bytes < 0 ? -errno : (int)bytes;
}

void files_drop_privileges(int fd) {
  struct stat found;
  if (fstat(fd, &found) != 0) return;
  mode_t gone = S_ISUID | ((found.st_mode & S_IXGRP) ? S_ISGID : 0);
  if (found.st_mode & gone) (void)!fchmod(fd, found.st_mode & 07777 & ~gone);
}

int files_write(struct request *request, struct node *node) {
  struct fuse_write_in said;
  if (!request_take(request, &said, sizeof said)) return -EINVAL;
  int count = request_data(request, said.size, pieces), fd = node_open(node, access_write);
  if (fd < 0) return -errno;
  if (count < 0 || said.size > INT32_MAX) return -EINVAL;
  ssize_t bytes = count == 0 ? 0 : pwritev(fd, pieces, count, (off_t)said.offset);
  if (bytes < 0) return -errno;
  if (said.write_flags & FUSE_WRITE_KILL_SUIDGID) files_drop_privileges(fd);
  struct fuse_write_out *answer = (struct fuse_write_out *)request->answer.bytes;
  *answer = (struct fuse_write_out){.size = (uint32_t)bytes};
  return sizeof *answer;
}

int files_sync(struct request *request, struct node *node) {
  struct fuse_fsync_in said;
  if (!request_take(request, &said, sizeof said)) return -EINVAL;
  int fd = node_open(node, access_read);
  if (fd < 0) return -errno;
  return (said.fsync_flags & FUSE_FSYNC_FDATASYNC ? fdatasync(fd) : fsync(fd)) == 0 ? 0 : -errno;
}

int files_allocate(struct request *request, struct node *node) {
  struct fuse_fallocate_in said;
  if (!request_take(request, &said, sizeof said)) return -EINVAL;
  int fd = node_open(node, access_write);
  if (fd < 0 || fallocate(fd, (int)said.mode, (off_t)said.offset, (off_t)said.length) != 0) return -errno;
  return 0;
}

int files_seek(struct request *request, struct node *node) {
  struct fuse_lseek_in said;
  if (!request_take(request, &said, sizeof said) || (said.whence != SEEK_DATA && said.whence != SEEK_HOLE)) return -EINVAL;
  int fd = node_open(node, access_read);
  off_t found = fd < 0 ? -1 : lseek(fd, (off_t)said.offset, (int)said.whence);
  if (found < 0) return -errno;
  struct fuse_lseek_out *answer = (struct fuse_lseek_out *)request->answer.bytes;
  answer->offset = (uint64_t)found;
  return sizeof *answer;
}

int files_copy(struct request *request, struct node *node) {
  struct fuse_copy_file_range_in said;
  if (!request_take(request, &said, sizeof said)) return -EINVAL;
  struct node *other = node_of(said.nodeid_out);
  if (other == NULL) return -ESTALE;
  int to = node_open(other, access_write), from = to < 0 ? -1 : node_open(node, access_read);
  if (from < 0) return -errno;
  /* It waits for all of it, and others for it. */
  size_t most = 16 << 20, length = said.len < most ? (size_t)said.len : most;
  int64_t from_offset = (int64_t)said.off_in, to_offset = (int64_t)said.off_out;
  ssize_t bytes = syscall(SYS_copy_file_range, from, &from_offset, to, &to_offset, length, 0u);
  if (bytes < 0) return -errno;
  struct fuse_write_out *answer = (struct fuse_write_out *)request->answer.bytes;
  *answer = (struct fuse_write_out){.size = (uint32_t)bytes};
  return sizeof *answer;
}

int files_read_link(struct request *request, struct node *node) {
  int fd = node_open(node, access_path);
  ssize_t bytes = fd < 0 ? -1 : readlinkat(fd, "", (char *)request->answer.bytes, sizeof request->answer.bytes);
  return bytes < 0 ? -errno : (int)bytes;
}

int files_system(struct request *request, struct node *node) {
  struct statvfs found;
  int fd = node_open(node, access_path);
  if (fd < 0 || fstatvfs(fd, &found) != 0) return -errno;
  struct fuse_statfs_out *answer = (struct fuse_statfs_out *)request->answer.bytes;
  *answer = (struct fuse_statfs_out){.st = {
                                         .blocks = found.f_blocks,
                                         .bfree = found.f_bfree,
                                         .bavail = found.f_bavail,
                                         .files = found.f_files,
                                         .ffree = found.f_ffree,
                                         .bsize = (uint32_t)found.f_bsize,
                                         .namelen = (uint32_t)found.f_namemax,
                                         .frsize = (uint32_t)found.f_frsize,
                                     }};
  return sizeof *answer;
}
