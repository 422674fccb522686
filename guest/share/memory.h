/*
 * A guest's memory, as its kernel shows it: files mapped here, by vhost-user's SET_MEM_TABLE. All that is in it may change at any time and be anything;
 * what is read out of it is copied once, checked, then used.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { regions_most = 8 };

struct region {
  /* Where the guest has it; in virtio_uml the addresses of both kinds are the same: linux arch/um/drivers/virtio_uml.c, vhost_user_init_mem_region. */
  uint64_t guest, bytes, user, offset;
};

/* Maps `fd`, which stays the caller's. False, and errno. */
bool memory_add(const struct region *region, int fd);
void memory_clear(void);
/* What lies there; NULL if it is not wholly within one region. */
void *memory_at(uint64_t guest, uint64_t bytes);
/* The same by the address that queues are told by. */
void *memory_at_user(uint64_t user, uint64_t bytes);

#endif
