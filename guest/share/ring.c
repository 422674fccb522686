#define _GNU_SOURCE
#include "ring.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/sockios.h>
#include <linux/virtio_ring.h>

#include "damage.h"
#include "memory.h"

struct ring ring[rings];

/* Writes are seen before what is read afterwards. */
static void barrier(void) {
#if defined(__x86_64__)
  __asm__ __volatile__("lock; addl $0, 0(%%rsp)" ::: "memory");
#else
  __sync_synchronize();
#endif
}

void rings_begin(void) {
  for (int i = 0; i < rings; i++) ring[i] = (struct ring){.kick = -1, .call = -1};
}

void rings_end(void) {
  for (int i = 0; i < rings; i++) {
    if (ring[i].kick >= 0) close(ring[i].kick);
    if (ring[i].call >= 0) close(ring[i].call);
  }
  rings_begin();
}

static void *part(uint64_t at, uint64_t bytes) {
  void *found = memory_at_user(at, bytes);
  /* A piece of memory may itself be told of at an odd address. */
  if (found == NULL || (uintptr_t)found % 2 != 0) damage("a queue lies outside its memory");
  return found;
}

static volatile uint16_t *avail_of(const struct ring *ring) { return part(ring->avail, 6 + 2 * (uint64_t)ring->size); }

/* One descriptor, copied out; its buffer goes to the chain. */
static struct vring_desc take_one(struct chain *chain, const struct vring_desc *table, uint32_t index) {
  struct vring_desc desc;
  memcpy(&desc, table + index, sizeof desc);
  if (desc.flags & VRING_DESC_F_INDIRECT) return desc;
  void *at = memory_at(desc.addr, desc.len);
  if (at == NULL) damage("a buffer lies outside its memory");
  struct iovec piece = {at, desc.len};
  if (desc.flags & VRING_DESC_F_WRITE) {
    if (chain->writable_count == queue_size_most) damage("a request has too many buffers");
    chain->writable[chain->writable_count++] = piece;
  } else {
    /* virtio 1.2, 2.7.4.2: what the device writes comes last. */
    if (chain->writable_count > 0 || chain->readable_count == queue_size_most) damage("a request has its buffers in no order");
    chain->readable[chain->readable_count++] = piece;
  }
  return desc;
}

static void follow(struct chain *chain, const struct vring_desc *table, uint32_t size, uint32_t index, bool may_lead_on) {
  for (uint32_t steps = 0; steps < size; steps++) {
    if (index >= size) damage("a descriptor leads out of its table");
    struct vring_desc desc = take_one(chain, table, index);
    if (desc.flags & VRING_DESC_F_INDIRECT) {
      uint32_t count = desc.len / (uint32_t)sizeof desc;
      /* virtio 1.2, 2.7.5.3: an indirect table is the last of its chain, and has no other in it. */
      if (!may_lead_on || (desc.flags & VRING_DESC_F_NEXT) || count == 0 || count > queue_size_most || desc.len % sizeof desc != 0) damage("an indirect table is none");
      const struct vring_desc *inner = memory_at(desc.addr, desc.len);
      if (inner == NULL) damage("an indirect table lies outside its memory");
      return follow(chain, inner, count, 0, false);
    }
    if (!(desc.flags & VRING_DESC_F_NEXT)) return;
    index = desc.next;
  }
  damage("a chain of descriptors has no end");
}

bool ring_take(struct ring *ring, struct chain *chain) {
  volatile uint16_t *avail = avail_of(ring);
  uint16_t waiting = (uint16_t)(avail[1] - ring->next_avail);
  if (waiting == 0) return false;
  if (waiting > ring->size) damage("a queue has more requests than room");
  barrier();
  uint16_t head = avail[2 + ring->next_avail % ring->size];
  ring->next_avail++;
  chain->head = head;
  chain->readable_count = chain->writable_count = 0;
  follow(chain, part(ring->desc, sizeof(struct vring_desc) * ring->size), ring->size, head, true);
  return true;
}

void ring_give(struct ring *ring, uint16_t head, uint32_t bytes) {
  uint8_t *used = part(ring->used, 6 + sizeof(struct vring_used_elem) * ring->size);
  struct vring_used_elem done = {.id = head, .len = bytes};
  memcpy(used + 4 + sizeof done * (ring->next_used % ring->size), &done, sizeof done);
  barrier();
  ring->next_used++;
  *(volatile uint16_t *)(used + 2) = ring->next_used;
  barrier();
}

static void say(const struct ring *ring) {
  const uint64_t one = 1;
  /* Where there is no room, it has enough to hear already. */
  while (write(ring->call, &one, sizeof one) < 0 && errno == EINTR)
    ;
}

void ring_tell(struct ring *ring) {
  if (ring->call >= 0 && !(avail_of(ring)[0] & VRING_AVAIL_F_NO_INTERRUPT)) say(ring);
}

bool rings_remind(void) {
  bool is_unheard = false;
  for (int i = 0; i < rings; i++) {
    int bytes = 0;
    if (ring[i].call < 0 || ioctl(ring[i].call, SIOCOUTQ, &bytes) != 0 || bytes == 0) continue;
    say(&ring[i]);
    is_unheard = true;
  }
  return is_unheard;
}
