/* Names that go, or come to mean another file. Whoever the guest still knows by one is held first. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuse.h"

static int take_away(struct request *request, struct node *parent, int flags) {
  size_t left;
  char *rest = request_rest(request, &left);
  const char *name = text_name(&rest, &left);
  if (name == NULL) return -EINVAL;
  struct node *node = node_hold(parent, name);
  if (node == NULL && errno != 0) return -errno;
  int directory = node_open(parent, access_path);
  if (directory < 0 || unlinkat(directory, name, flags) != 0) return -errno;
  if (node != NULL) node_unname(node);
  return 0;
}

int gone_unlink(struct request *request, struct node *node) { return take_away(request, node, 0); }

int gone_rmdir(struct request *request, struct node *node) { return take_away(request, node, AT_REMOVEDIR); }

/* As the kernel calls it; the C library knows it only since it was new. */
static int rename_at(int from, const char *name, int to, const char *new_name, unsigned flags) { return (int)syscall(SYS_renameat2, from, name, to, new_name, flags); }

enum { no_replace = 1, exchange = 2 };

static int move(struct request *request, struct node *parent, uint64_t new_parent_id, unsigned flags) {
  size_t left;
  char *rest = request_rest(request, &left);
  const char *name = text_name(&rest, &left), *new_name = name == NULL ? NULL : text_name(&rest, &left);
  struct node *new_parent = node_of(new_parent_id);
  if (new_name == NULL || (flags & ~(unsigned)(no_replace | exchange)) != 0) return -EINVAL;
  if (new_parent == NULL) return -ESTALE;
  struct node *node = node_hold(parent, name);
  if (node == NULL && errno != 0) return -errno;
  struct node *other = node_hold(new_parent, new_name);
  if (other == NULL && errno != 0) return -errno;
  int to = node_open(new_parent, access_path), from = to < 0 ? -1 : node_open(parent, access_path);
  if (from < 0 || rename_at(from, name, to, new_name, flags) != 0) return -errno;
  /* Two names of one file: the call does nothing, rename(2). */
  if (node == other) return 0;
  if (other != NULL && (flags & exchange)) node_rename(other, parent, name);
  else if (other != NULL) node_unname(other);
  if (node != NULL) node_rename(node, new_parent, new_name);
  return 0;
}

int gone_rename(struct request *request, struct node *node) {
  struct fuse_rename_in said;
  return request_take(request, &said, sizeof said) ? move(request, node, said.newdir, 0) : -EINVAL;
}

int gone_rename2(struct request *request, struct node *node) {
  struct fuse_rename2_in said;
  return request_take(request, &said, sizeof said) ? move(request, node, said.newdir, said.flags) : -EINVAL;
}
