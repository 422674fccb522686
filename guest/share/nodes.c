#define _GNU_SOURCE
#include "nodes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kept.h"
#include "proc.h"

enum { root_id = 1, first_slots = 1024, devices_most = 255 };

/* By the low half of their numbers; the high half counts how often that place was somebody's. */
static struct slot {
  struct node *node;
  uint32_t turn, next_free;
} *slots;
static uint32_t slot_count, first_free;

/* By device and inode number. */
static struct node **table;
static uint32_t table_size, node_count;

static struct node root;
static bool has_volumes;
static dev_t devices[devices_most];
static unsigned device_count;

static uint32_t place_of(dev_t device, ino_t inode) {
  uint64_t mixed = (inode ^ device << 40) * 0x9e3779b97f4a7c15u;
  return (uint32_t)(mixed >> 32) & (table_size - 1);
}

static bool grow_slots(void) {
  uint32_t count = slot_count == 0 ? first_slots : slot_count * 2;
  struct slot *grown = realloc(slots, count * sizeof *slots);
  if (grown == NULL) return false;
  slots = grown;
  for (uint32_t i = slot_count; i < count; i++) slots[i] = (struct slot){.next_free = i + 1 < count ? i + 1 : 0};
  first_free = slot_count;
  slot_count = count;
  return true;
}

static bool grow_table(void) {
  uint32_t old_size = table_size;
  struct node **old = table, **fresh = calloc(old_size == 0 ? first_slots : old_size * 2, sizeof *fresh);
  if (fresh == NULL) return false;
  table = fresh;
  table_size = old_size == 0 ? first_slots : old_size * 2;
  for (uint32_t i = 0; i < old_size; i++)
    for (struct node *node = old[i], *next; node != NULL; node = next) {
      next = node->next;
      struct node **place = &table[place_of(node->device, node->inode)];
      node->next = *place;
      *place = node;
    }
  free(old);
  return true;
}

bool nodes_begin(int fd, bool are_volumes, unsigned open_most) {
  struct stat found;
  if (fstat(fd, &found) != 0 || !grow_table() || !grow_slots()) return false;
  /* The number 0 is nobody's, and 1 the root's: linux uapi fuse.h, FUSE_ROOT_ID. */
  first_free = slots[root_id].next_free;
  root = (struct node){.id = root_id, .device = found.st_dev, .inode = found.st_ino, .kind = found.st_mode & S_IFMT, .fd = fd, .access = access_read};
  slots[root_id].node = &root;
  struct node **place = &table[place_of(root.device, root.inode)];
  root.next = *place;
  *place = &root;
  has_volumes = are_volumes;
  devices[device_count++] = root.device;
  kept_begin(open_most);
  return true;
}

static void leave_table(struct node *node) {
  for (struct node **place = &table[place_of(node->device, node->inode)]; *place != NULL; place = &(*place)->next)
    if (*place == node) {
      *place = node->next;
      return;
    }
}

static void set_free(struct node *node) {
  uint32_t index = (uint32_t)node->id;
  leave_table(node);
  kept_close(node);
  slots[index] = (struct slot){.turn = slots[index].turn + 1, .next_free = first_free};
  first_free = index;
  node_count--;
  free(node->name);
  free(node);
}

/* And its directories, where nothing else keeps them. */
static void let_go(struct node *node) {
  while (node != NULL && node != &root && node->lookups == 0 && node->children == 0) {
    struct node *parent = node->parent;
    set_free(node);
    if (parent != NULL) parent->children--;
    node = parent;
  }
}

void nodes_end(void) {
  for (uint32_t i = root_id + 1; i < slot_count; i++)
    if (slots[i].node != NULL) {
      slots[i].node->parent = NULL;
      set_free(slots[i].node);
    }
  root.children = 0;
}

struct node *node_of(uint64_t id) {
  uint32_t index = (uint32_t)id;
  if (index >= slot_count || slots[index].node == NULL || slots[index].node->id != id) return NULL;
  /* One that is only there for what is below it, it has forgotten. */
  return slots[index].node == &root || slots[index].node->lookups > 0 ? slots[index].node : NULL;
}

/* Each has a name of its own in the root. */
static unsigned volume_of(const struct node *parent, const char *name) {
  if (!has_volumes || parent != &root) return parent->volume;
  unsigned number = 1;
  while (*name != 0) number = number * 31 + (uint8_t)*name++;
  return number;
}

static struct node *find(const struct stat *found, unsigned volume) {
  struct node *node = table[place_of(found->st_dev, found->st_ino)];
  while (node != NULL && (node->inode != found->st_ino || node->device != found->st_dev || node->volume != volume)) node = node->next;
  return node;
}

static struct node *make(const struct stat *found, unsigned volume) {
  if ((node_count >= table_size && !grow_table()) || (first_free == 0 && !grow_slots())) return NULL;
  struct node *node = calloc(1, sizeof *node);
  if (node == NULL) return NULL;
  uint32_t index = first_free;
  first_free = slots[index].next_free;
  slots[index].node = node;
  *node = (struct node){.id = (uint64_t)slots[index].turn << 32 | index, .device = found->st_dev, .inode = found->st_ino, .kind = found->st_mode & S_IFMT, .fd = -1, .volume = volume};
  struct node **place = &table[place_of(node->device, node->inode)];
  node->next = *place;
  *place = node;
  node_count++;
  return node;
}

/* Somebody else than the guest may have moved directories into each other. */
static bool is_below(const struct node *node, const struct node *above) {
  while (node != NULL && node != above) node = node->parent;
  return node == above;
}

void node_unname(struct node *node) {
  struct node *parent = node->parent;
  node->parent = NULL;
  free(node->name);
  node->name = NULL;
  if (parent == NULL) return;
  parent->children--;
  let_go(parent);
}

void node_rename(struct node *node, struct node *parent, const char *name) {
  if (node == &root || is_below(parent, node)) return;
  if (node->parent == parent && strcmp(node->name, name) == 0) return;
  char *own = strdup(name);
  if (own == NULL) return;
  parent->children++;
  node_unname(node);
  node->parent = parent;
  node->name = own;
}

struct node *node_tell(struct node *parent, const char *name, const struct stat *found) {
  unsigned volume = volume_of(parent, name);
  struct node *node = find(found, volume);
  if (node != NULL && node->kind != (found->st_mode & S_IFMT)) {
    /* The number was given to another file while nobody here had the old one open. */
    leave_table(node);
    node->inode = 0;
    node->next = table[place_of(node->device, 0)];
    table[place_of(node->device, 0)] = node;
    node = NULL;
  }
  if (node == NULL && (node = make(found, volume)) == NULL) {
    errno = ENOMEM;
    return NULL;
  }
  node_rename(node, parent, name);
  node->lookups++;
  if (node == &root || node->name != NULL || node->fd >= 0) return node;
  node_forget(node, 1);
  errno = ENOMEM;
  return NULL;
}

void node_forget(struct node *node, uint64_t lookups) {
  node->lookups -= lookups < node->lookups ? lookups : node->lookups;
  let_go(node);
}

static bool is_it(const struct node *node, const struct stat *found) { return found->st_dev == node->device && found->st_ino == node->inode; }

static int flags_for(const struct node *node, enum access access) {
  const int always = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  if (access == access_path) return O_PATH | O_CLOEXEC;
  return always | (access == access_write ? O_RDWR : O_RDONLY) | (S_ISDIR(node->kind) ? O_DIRECTORY : 0);
}

/* By its name, in a directory that is open; or anew, where it is open itself. */
static int open_one(struct node *node, enum access access) {
  struct stat found;
  char path[proc_path_most];
  if (node->fd >= 0) return open(proc_path(path, node->fd), flags_for(node, access));
  int fd = openat(node->parent->fd, node->name, flags_for(node, access) | O_NOFOLLOW);
  if (fd < 0 || (fstat(fd, &found) == 0 && is_it(node, &found))) return fd;
  close(fd);
  errno = ESTALE;
  return -1;
}

/* The directories that lead to it are opened first, from above: each is the last used when the next one is opened. */
static struct node *next_to_open(struct node *node) {
  while (node->fd < 0 && node->parent != NULL && node->parent->fd < 0) node = node->parent;
  return node;
}

int node_open(struct node *node, enum access access) {
  if (node->fd >= 0 && node->access >= access) {
    kept_use(node);
    return node->fd;
  }
  if (access > access_path && !S_ISREG(node->kind) && !S_ISDIR(node->kind)) return errno = EINVAL, -1;
  for (;;) {
    struct node *next = next_to_open(node);
    enum access wanted = next == node ? access : access_path;
    if (next->fd < 0 && next->parent == NULL) return errno = ESTALE, -1;
    if (next->fd < 0) kept_use(next->parent);
    kept_make_room();
    int fd = open_one(next, wanted);
    if (fd < 0 && errno == ENOENT) errno = ESTALE;
    if (fd < 0) return -1;
    kept_add(next, fd, wanted);
    if (next == node) return fd;
  }
}

bool node_stat(struct node *node, struct stat *found) {
  if (node->fd >= 0) return fstat(node->fd, found) == 0;
  if (node->parent == NULL) return errno = ESTALE, false;
  int directory = node_open(node->parent, access_path);
  if (directory < 0) return false;
  if (fstatat(directory, node->name, found, AT_SYMLINK_NOFOLLOW) != 0) return errno = errno == ENOENT ? ESTALE : errno, false;
  return is_it(node, found) || (errno = ESTALE, false);
}

struct node *node_hold(struct node *parent, const char *name) {
  struct stat found;
  int directory = node_open(parent, access_path);
  if (directory < 0) return NULL;
  errno = 0;
  if (fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW) != 0) return errno = errno == ENOENT ? 0 : errno, NULL;
  struct node *node = find(&found, volume_of(parent, name));
  if (node == NULL || node->parent != parent || strcmp(node->name, name) != 0) return errno = 0, NULL;
  return node_open(node, access_path) < 0 ? NULL : node;
}

unsigned node_device(dev_t device) {
  for (unsigned i = 0; i < device_count; i++)
    if (devices[i] == device) return i;
  if (device_count == devices_most) return devices_most;
  devices[device_count] = device;
  return device_count++;
}

void nodes_stop_writing(void) { kept_stop_writing(); }
