/*
 * The files that the guest's kernel knows of. It knows them by numbers, until it says that it forgets them.
 *
 * A node remembers by which name in which directory its file was last met, and which file that is (device and inode number). Its descriptor is only kept while there is room:
 * a guest may know more files than a process may have open. It is opened anew by that name, and is none if another file has it now. A file that loses its last known
 * name while the guest knows it keeps its descriptor.
 */
#ifndef NODES_H
#define NODES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum access { access_none, access_path, access_read, access_write };

struct node {
  uint64_t id;
  dev_t device;
  ino_t inode;
  /* Through which volume it is seen; 0 where there are none. One file seen through two may be written through one of them only. */
  unsigned volume;
  /* S_IFMT of it. */
  mode_t kind;
  /* How often the guest was told of it. */
  uint64_t lookups;
  /* NULL: it has no name any more, or is the root. */
  struct node *parent;
  char *name;
  uint32_t children;
  int fd;
  enum access access;
  /* Among those with the same place in the table; among those with a descriptor, the last used first. */
  struct node *next, *newer, *older;
};

/* `fd`: the directory that is shown, which stays the caller's. `are_volumes`: what is directly in it are volumes. `open_most`: how many descriptors may be kept. False, and errno. */
bool nodes_begin(int fd, bool are_volumes, unsigned open_most);
/* Forgets all but the root. */
void nodes_end(void);

/* NULL if the guest was told of none by that number. */
struct node *node_of(uint64_t id);
/* The node of what was found by that name, told to the guest once more. NULL, and errno. */
struct node *node_tell(struct node *parent, const char *name, const struct stat *found);
void node_forget(struct node *node, uint64_t lookups);

/* Its descriptor, which is good for `access` at least and stays the node's; -1 and errno. */
int node_open(struct node *node, enum access access);
/* What fstat(2) says of it. */
bool node_stat(struct node *node, struct stat *found);

/* Before a name may go or come to mean another file: whoever is known by it gets a descriptor. NULL: nobody is; errno is 0 then, or why it can't be. */
struct node *node_hold(struct node *parent, const char *name);
/* It has no name any more, or another one. */
void node_unname(struct node *node);
void node_rename(struct node *node, struct node *parent, const char *name);

/* A small number of its device, the root's being 0: different file systems may have files of equal numbers. */
unsigned node_device(dev_t device);

/* Descriptors for writing are given up, where they can be had again: the host runs no program that somebody may write. */
void nodes_stop_writing(void);

#endif
