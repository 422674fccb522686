#include "line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "wire.h"

static int fd = -1;

/* What has come of the next frame. */
static uint8_t *in;
static size_t in_used, in_room;

/* What is still to go: bounded by the windows of all channels, and by what one round of the loop answers. */
static uint8_t *out;
static size_t out_from, out_to, out_room;

static void *room(void *bytes, size_t *have, size_t want) {
  if (want <= *have) return bytes;
  size_t more = *have == 0 ? 4096 : *have;
  while (more < want) more *= 2;
  bytes = realloc(bytes, more);
  if (bytes == NULL) abort();
  *have = more;
  return bytes;
}

static void queue(const void *bytes, size_t count) {
  if (out_from == out_to) out_from = out_to = 0;
  out = room(out, &out_room, out_to + count);
  memcpy(out + out_to, bytes, count);
  out_to += count;
}

static void greet(void) {
  static const char greeting[] = "\n<isola agent 1>\n";
  uint8_t version[2];
  queue(greeting, sizeof greeting - 1);
  put_u16(version, wire_protocol);
  line_send(wire_hello, 0, version, sizeof version);
}

void line_begin(int line) {
  struct termios raw;
  fd = line;
  if (tcgetattr(fd, &raw) == 0) {
    cfmakeraw(&raw);
    tcsetattr(fd, TCSANOW, &raw);
  }
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  greet();
}

int line_fd(void) { return fd; }

void line_send(uint8_t kind, uint16_t channel, const void *payload, size_t length) {
  uint8_t header[header_bytes] = {wire_magic, kind};
  put_u16(header + 2, channel);
  put_u32(header + 4, (uint32_t)length);
  queue(header, sizeof header);
  queue(payload, length);
}

bool line_is_full(void) { return out_from < out_to; }

bool line_flush(void) {
  while (out_from < out_to) {
    ssize_t count = write(fd, out + out_from, out_to - out_from);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    out_from += (size_t)count;
  }
  return true;
}

static bool is_sound(const uint8_t *header) {
  uint32_t length = u32_at(header + 4);
  return header[0] == wire_magic && length <= (header[1] == wire_data ? (uint32_t)data_most : (uint32_t)frame_most);
}

/* Hands on the frames at the beginning of what has come; returns how many bytes they were, or -1 where there is no frame. */
static ssize_t frames(void (*take)(struct frame)) {
  size_t at = 0;
  while (in_used - at >= header_bytes) {
    const uint8_t *header = in + at;
    if (!is_sound(header)) return -1;
    uint32_t length = u32_at(header + 4);
    if (in_used - at < header_bytes + (size_t)length) break;
    take((struct frame){header[1], u16_at(header + 2), header + header_bytes, length});
    at += header_bytes + (size_t)length;
  }
  return (ssize_t)at;
}

bool line_receive(void (*take)(struct frame), void (*begin_anew)(void)) {
  /* One read a round, so that a host that talks without end holds up nobody. */
  in = room(in, &in_room, in_used + 65536);
  ssize_t count = read(fd, in + in_used, in_room - in_used);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0) return false;
  in_used += (size_t)count;
  ssize_t taken = frames(take);
  if (taken < 0) {
    in_used = 0;
    begin_anew();
    greet();
    return true;
  }
  memmove(in, in + taken, in_used - (size_t)taken);
  in_used -= (size_t)taken;
  return true;
}
