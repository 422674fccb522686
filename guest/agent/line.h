/* The agent's end of its sessions: frames in, frames out. A session is one of isola's commands on the host. */
#ifndef LINE_H
#define LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../link/link.h"

struct frame {
  uint8_t kind;
  uint16_t session, channel;
  const uint8_t *payload;
  uint32_t length;
};

struct line_events {
  void (*take)(struct frame frame);
  /* Nobody is at the other end of a session any more. */
  void (*forget)(uint16_t session);
};

/* Takes an open socket over. Nobody is greeted before there is something to serve. */
void line_begin(int fd, struct line_events events);
void line_welcome(void);
void line_send(uint8_t kind, uint16_t session, uint16_t channel, const void *payload, size_t length);

static inline uint16_t u16_at(const uint8_t *at) { return (uint16_t)(at[0] | at[1] << 8); }
static inline uint32_t u32_at(const uint8_t *at) { return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24; }
static inline void put_u16(uint8_t *at, uint16_t value) {
  at[0] = (uint8_t)value;
  at[1] = (uint8_t)(value >> 8);
}
static inline void put_u32(uint8_t *at, uint32_t value) {
  put_u16(at, (uint16_t)value);
  put_u16(at + 2, (uint16_t)(value >> 16));
}

#endif
