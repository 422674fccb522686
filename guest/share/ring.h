/* Split virtqueues, the device's side: virtio 1.2, 2.7. A guest that breaks their rules ends its server: damage.h. */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

/* Linux makes queues of 256 and no longer chains: virtio_uml.c, MAX_SUPPORTED_QUEUE_SIZE. */
enum { queue_size_most = 1024, rings = 2 };

struct ring {
  /* Addresses as the guest's kernel told them. */
  uint64_t desc, avail, used;
  uint16_t size, next_avail, next_used;
  /* Descriptors of the front end's, -1: none. */
  int kick, call;
  bool is_enabled;
};

/* A request: what the driver wrote, and where it wants to read the answer. */
struct chain {
  uint16_t head;
  int readable_count, writable_count;
  struct iovec readable[queue_size_most], writable[queue_size_most];
};

extern struct ring ring[rings];

void rings_begin(void);
void rings_end(void);
/* False if there is none. */
bool ring_take(struct ring *ring, struct chain *chain);
/* `bytes`: how many were written into it. */
void ring_give(struct ring *ring, uint16_t head, uint32_t bytes);
/* Tells the driver, unless it doesn't want to hear. */
void ring_tell(struct ring *ring);
/*
 * Tells it once more where what it was told lies unread; true if so. A machine's kernel sleeps until its next timer over what arrives between its last look and its
 * sleep (linux 6.1, arch/um/os-Linux/time.c, os_idle_sleep: of its signals only the timer's is held back there), and forgets what an interrupt within an interrupt
 * overwrote (arch/um/os-Linux/irq.c: one table of events, each told once). Both wait for one more word.
 */
bool rings_remind(void);

#endif
