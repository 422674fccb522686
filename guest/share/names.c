/* Names that come to be. Files are made by the jail's root, and given to whoever asked for them; what he may, his own kernel has judged. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fuse.h"
#include "proc.h"

/* Tells of what is there by that name. */
static int tell(struct request *request, struct node *parent, int directory, const char *name) {
  struct stat found;
  if (fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW) != 0) return -errno;
  struct node *node = node_tell(parent, name, &found);
  if (node == NULL) return -errno;
  struct fuse_entry_out *entry = (struct fuse_entry_out *)request->answer.bytes;
  attributes_entry(entry, node, &found);
  return sizeof *entry;
}

/* A directory, and the name in it that the rest of the request begins with. */
static const char *place(struct request *request, struct node *parent, int *directory, char **rest, size_t *left) {
  *rest = request_rest(request, left);
  const char *name = text_name(rest, left);
  errno = EINVAL;
  return name == NULL || (*directory = node_open(parent, access_path)) < 0 ? NULL : name;
}

int names_lookup(struct request *request, struct node *node) {
  char *rest;
  size_t left;
  int directory;
  const char *name = place(request, node, &directory, &rest, &left);
  if (name == NULL) return -errno;
  int result = tell(request, node, directory, name);
  if (result != -ENOENT) return result;
  /* It may remember that there is none: a number that is nobody's says so. */
  struct fuse_entry_out *entry = (struct fuse_entry_out *)request->answer.bytes;
  attributes_none(entry);
  return sizeof *entry;
}

/* To whom it belongs; then its bits again, which a change of owners takes away. An id that the host has not given stays the jail's root: docs/without-root.md. */
static int give(const struct request *request, int directory, const char *name, mode_t mode) {
  struct stat parent;
  uid_t uid = request->head.uid;
  gid_t gid = request->head.gid;
  if (fstat(directory, &parent) != 0) return -errno;
  /* It has its directory's group already: inode(7), the set-group-ID bit. */
  if (parent.st_mode & S_ISGID) gid = (gid_t)-1;
  if (uid == 0 && (gid == 0 || gid == (gid_t)-1)) return 0;
  if (fchownat(directory, name, uid, gid, AT_SYMLINK_NOFOLLOW) != 0) return errno == EINVAL || errno == EPERM ? 0 : -errno;
  if (S_ISLNK(mode) || S_ISDIR(mode) || !(mode & (S_ISUID | S_ISGID))) return 0;
  return fchmodat(directory, name, mode & 07777, 0) == 0 ? 0 : -errno;
}

/* After something was made. */
static int given(struct request *request, struct node *parent, int directory, const char *name, mode_t mode) {
  int result = give(request, directory, name, mode);
  if (result == 0) return tell(request, parent, directory, name);
  unlinkat(directory, name, S_ISDIR(mode) ? AT_REMOVEDIR : 0);
  return result;
}

int names_make(struct request *request, struct node *node) {
  struct fuse_mknod_in said;
  char *rest;
  size_t left;
  int directory;
  if (!request_take(request, &said, sizeof said)) return -EINVAL;
  const char *name = place(request, node, &directory, &rest, &left);
  if (name == NULL || mknodat(directory, name, said.mode, said.rdev) != 0) return -errno;
  return given(request, node, directory, name, said.mode);
}

int names_make_directory(struct request *request, struct node *node) {
  struct fuse_mkdir_in said;
  char *rest;
  size_t left;
  int directory;
  if (!request_take(request, &said, sizeof said)) return -EINVAL;
  const char *name = place(request, node, &directory, &rest, &left);
  if (name == NULL || mkdirat(directory, name, said.mode & 07777) != 0) return -errno;
  return given(request, node, directory, name, S_IFDIR | said.mode);
}

int names_make_link(struct request *request, struct node *node) {
  char *rest;
  size_t left;
  int directory;
  const char *name = place(request, node, &directory, &rest, &left);
  if (name == NULL) return -errno;
  const char *target = text_next(&rest, &left);
  if (target == NULL) return -EINVAL;
  if (symlinkat(target, directory, name) != 0) return -errno;
  return given(request, node, directory, name, S_IFLNK);
}

/* What is there already, emptied if that was wanted: the kernel takes it for new and does no more. */
static int find(struct request *request, struct node *parent, int directory, const char *name, uint32_t flags) {
  int result = tell(request, parent, directory, name);
  if (result < 0 || !(flags & O_TRUNC)) return result;
  struct node *node = node_of(((const struct fuse_entry_out *)request->answer.bytes)->nodeid);
  int fd = node_open(node, access_write);
  if (fd >= 0 && ftruncate(fd, 0) == 0) return result;
  result = -errno;
  node_forget(node, 1);
  return result;
}

int names_create(struct request *request, struct node *node) {
  struct fuse_create_in said;
  char *rest;
  size_t left;
  int directory;
  if (!request_take(request, &said, sizeof said)) return -EINVAL;
  const char *name = place(request, node, &directory, &rest, &left);
  if (name == NULL) return -errno;
  int result, fd = openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, said.mode & 07777);
  if (fd >= 0) {
    close(fd);
    result = given(request, node, directory, name, S_IFREG | said.mode);
  } else {
    /* Another guest may have made it meanwhile, on a volume that they share; or the kernel doesn't know it any more. */
    result = errno != EEXIST || (said.flags & O_EXCL) ? -errno : find(request, node, directory, name, said.flags);
  }
  if (result < 0) return result;
  struct fuse_open_out *open = (struct fuse_open_out *)(request->answer.bytes + result);
  *open = (struct fuse_open_out){.open_flags = FOPEN_KEEP_CACHE};
  return result + (int)sizeof *open;
}

int names_link(struct request *request, struct node *node) {
  struct fuse_link_in said;
  char *rest, path[proc_path_most];
  size_t left;
  int directory;
  if (!request_take(request, &said, sizeof said)) return -EINVAL;
  const char *name = place(request, node, &directory, &rest, &left);
  if (name == NULL) return -errno;
  struct node *old = node_of(said.oldnodeid);
  if (old == NULL) return -ESTALE;
  int fd = node_open(old, access_path);
  /* Opening it may have closed the other. */
  if (fd < 0 || (directory = node_open(node, access_path)) < 0) return -errno;
  if (linkat(AT_FDCWD, proc_path(path, fd), directory, name, AT_SYMLINK_FOLLOW) != 0) return -errno;
  return tell(request, node, directory, name);
}
