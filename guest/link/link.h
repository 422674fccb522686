/* One end of the link: packets in order, none lost, never waiting. guest/link/packet.h draws them. */
#ifndef LINK_H
#define LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link_message {
  uint8_t matter;
  uint16_t session;
  const uint8_t *bytes;
  size_t length;
};

struct link_events {
  void (*take)(struct link_message message);
  /* The other end has started; whatever was before is over. */
  void (*begin_anew)(void);
};

/* `fd`: a socket that carries a packet a message. An agent says HELLO until it is heard. */
void link_begin(int fd, bool is_agent, struct link_events events);
int link_fd(void);

/* Queues bytes, which follow each other in one packet if they fit in one. Small ones of one session share a packet that has not left yet. */
void link_put(uint8_t matter, uint16_t session, const void *head, size_t head_length, const void *body, size_t body_length);
/* Whether more is queued than may be under way: whoever has a choice waits. */
bool link_is_full(void);
/* Whether all that was queued has arrived. */
bool link_is_idle(void);
/* Whether packets wait for the socket. */
bool link_wants_to_write(void);
/* Milliseconds until link_work has something to do by itself; -1 for never. */
int link_patience(void);

/* Takes what has come. False if the other end is gone. */
bool link_receive(void);
/* Sends what can be sent now, again what was not heard of, and says what has come. False if the other end is gone. */
bool link_work(void);

/* Memory that no child shall have: a fork that shares it makes each of its pages cost a fault, and a copy. */
void link_keep_from_children(void *bytes, size_t size);

#endif
