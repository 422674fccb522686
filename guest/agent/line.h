/* The agent's end of the line: frames in, frames out, never waiting. */
#ifndef LINE_H
#define LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame {
  uint8_t kind;
  uint16_t channel;
  const uint8_t *payload;
  uint32_t length;
};

/* Takes the line over: a terminal is set to hand on every byte as it is. Sends the greeting. */
void line_begin(int fd);
int line_fd(void);

void line_send(uint8_t kind, uint16_t channel, const void *payload, size_t length);
/* Whether something waits to be written. */
bool line_is_full(void);
/* Writes what can be written now. False if the line is gone. */
bool line_flush(void);
/* Reads what is there, and hands on every whole frame. False if the line is gone. What is no frame makes the agent begin anew. */
bool line_receive(void (*take)(struct frame), void (*begin_anew)(void));

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
