#define _GNU_SOURCE
#include "kept.h"

#include <fcntl.h>
#include <unistd.h>

#include "proc.h"

static struct node *newest, *oldest;
static unsigned count, most, writers;

void kept_begin(unsigned limit) { most = limit; }

static bool is_root(const struct node *node) { return node->id == 1; }

static void unlink_one(struct node *node) {
  if (node->newer != NULL) node->newer->older = node->older;
  else newest = node->older;
  if (node->older != NULL) node->older->newer = node->newer;
  else oldest = node->newer;
  node->newer = node->older = NULL;
}

static void link_newest(struct node *node) {
  node->older = newest;
  if (newest != NULL) newest->newer = node;
  newest = node;
  if (oldest == NULL) oldest = node;
}

void kept_use(struct node *node) {
  if (is_root(node) || node == newest) return;
  unlink_one(node);
  link_newest(node);
}

void kept_close(struct node *node) {
  if (node->fd < 0 || is_root(node)) return;
  close(node->fd);
  if (node->access == access_write) writers--;
  node->fd = -1;
  node->access = access_none;
  unlink_one(node);
  count--;
}

void kept_add(struct node *node, int fd, enum access access) {
  kept_close(node);
  node->fd = fd;
  node->access = access;
  if (access == access_write) writers++;
  link_newest(node);
  count++;
}

void kept_make_room(void) {
  for (struct node *node = oldest, *next; count >= most && node != NULL; node = next) {
    next = node->newer;
    /* The last used is the directory in which something is about to be opened. */
    if (node->name != NULL && node != newest) kept_close(node);
  }
}

void kept_stop_writing(void) {
  for (struct node *node = newest, *next; writers > 0 && node != NULL; node = next) {
    next = node->older;
    if (node->access == access_write && node->name != NULL) kept_close(node);
  }
}
