/* Extended attributes, file capabilities among them: xattr(7). The kernel below gives the ids in them the jail's meaning: user_namespaces(7). */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

#include "fuse.h"
#include "proc.h"

/* Access control lists would be kept but not heeded: the guest's kernel judges by mode alone. */
static bool is_heeded(const char *name) { return strncmp(name, "system.posix_acl_", strlen("system.posix_acl_")) != 0; }

/* Where its attributes are reached; NULL, and errno. */
static const char *reach(struct node *node, char *path) {
  int fd = node_open(node, access_path);
  return fd < 0 ? NULL : proc_path(path, fd);
}

int xattr_set(struct request *request, struct node *node) {
  struct fuse_setxattr_in said;
  char path[proc_path_most];
  size_t left;
  /* Without FUSE_SETXATTR_EXT its head is shorter. */
  if (!request_take(request, &said, FUSE_COMPAT_SETXATTR_IN_SIZE)) return -EINVAL;
  char *rest = request_rest(request, &left);
  const char *name = text_next(&rest, &left);
  if (name == NULL || said.size > left) return -EINVAL;
  if (!is_heeded(name)) return -EOPNOTSUPP;
  const char *at = reach(node, path);
  return at == NULL || setxattr(at, name, rest, said.size, (int)said.flags) != 0 ? -errno : 0;
}

/* The attribute itself, or how long it is where no room for it is given. */
static int answer(struct request *request, ssize_t bytes, uint32_t size) {
  if (bytes < 0) return -errno;
  if (size > 0) return (int)bytes;
  struct fuse_getxattr_out *length = (struct fuse_getxattr_out *)request->answer.bytes;
  *length = (struct fuse_getxattr_out){.size = (uint32_t)bytes};
  return sizeof *length;
}

int xattr_get(struct request *request, struct node *node) {
  struct fuse_getxattr_in said;
  char path[proc_path_most];
  size_t left;
  if (!request_take(request, &said, sizeof said)) return -EINVAL;
  char *rest = request_rest(request, &left);
  const char *name = text_next(&rest, &left);
  if (name == NULL) return -EINVAL;
  if (!is_heeded(name)) return -EOPNOTSUPP;
  const char *at = reach(node, path);
  if (at == NULL) return -errno;
  return answer(request, getxattr(at, name, request->answer.bytes, said.size < answer_most ? said.size : answer_most), said.size);
}

/* Only those that can be read. */
static ssize_t leave_out(char *names, ssize_t bytes) {
  ssize_t kept = 0;
  for (ssize_t at = 0; at < bytes;) {
    ssize_t length = (ssize_t)strlen(names + at) + 1;
    if (is_heeded(names + at)) {
      memmove(names + kept, names + at, (size_t)length);
      kept += length;
    }
    at += length;
  }
  return kept;
}

int xattr_list(struct request *request, struct node *node) {
  struct fuse_getxattr_in said;
  char path[proc_path_most];
  if (!request_take(request, &said, sizeof said)) return -EINVAL;
  const char *at = reach(node, path);
  if (at == NULL) return -errno;
  ssize_t bytes = listxattr(at, (char *)request->answer.bytes, answer_most);
  if (bytes > 0) bytes = leave_out((char *)request->answer.bytes, bytes);
  if (said.size > 0 && bytes > (ssize_t)said.size) return -ERANGE;
  return answer(request, bytes, said.size);
}

int xattr_remove(struct request *request, struct node *node) {
  char path[proc_path_most];
  size_t left;
  char *rest = request_rest(request, &left);
  const char *name = text_next(&rest, &left);
  if (name == NULL) return -EINVAL;
  if (!is_heeded(name)) return -EOPNOTSUPP;
  const char *at = reach(node, path);
  return at == NULL || removexattr(at, name) != 0 ? -errno : 0;
}
