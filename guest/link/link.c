#define _GNU_SOURCE
#include "link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "packet.h"

enum { first_patience_ms = 250, last_patience_ms = 2000, hello_ms = 100, spare_most = packets_under_way };

struct packet {
  struct packet *next;
  size_t length;
  /* Somebody may have got it already: nothing is added any more. */
  bool has_left;
  uint8_t bytes[packet_most];
};

static int fd = -1;
static bool is_agent, is_heard, owes_ack;
static struct link_events events;
static uint32_t start;

/* What was not heard of yet: from `oldest` on what has left, then from `unsent` on what has not. */
static struct packet *oldest, *unsent, *newest, *spare;
static uint32_t queued, sent, oldest_number, spares;
static bool is_blocked;
static int64_t sent_at;
static int patience_ms = first_patience_ms;

/* The number of the first packet that has not come. */
static uint32_t expected;

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint32_t u32_at(const uint8_t *at) { return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24; }
static uint16_t u16_at(const uint8_t *at) { return (uint16_t)(at[0] | at[1] << 8); }
static void put_u16(uint8_t *at, uint16_t value) {
  at[0] = (uint8_t)value;
  at[1] = (uint8_t)(value >> 8);
}
static void put_u32(uint8_t *at, uint32_t value) {
  put_u16(at, (uint16_t)value);
  put_u16(at + 2, (uint16_t)(value >> 16));
}

static void put_header(uint8_t *at, uint8_t kind, uint8_t matter, uint16_t session) {
  memset(at, 0xff, 6);
  memset(at + 6, 0, packet_header_bytes - 6);
  at[6] = 2;
  at[12] = packet_ethertype >> 8;
  at[13] = packet_ethertype & 0xff;
  at[14] = kind;
  at[15] = matter;
  put_u16(at + 18, session);
}

static void forget_queue(void) {
  while (oldest != NULL) {
    struct packet *gone = oldest;
    oldest = gone->next;
    free(gone);
  }
  unsent = newest = NULL;
  queued = sent = oldest_number = expected = 0;
  patience_ms = first_patience_ms;
}

static bool say(uint8_t kind);

void link_begin(int socket, bool agent, struct link_events what) {
  fd = socket;
  is_agent = agent;
  events = what;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (!is_agent) return;
  start = ((uint32_t)now.tv_nsec ^ (uint32_t)now.tv_sec << 12) | 1;
  sent_at = now_ms();
  say(packet_hello);
}

int link_fd(void) { return fd; }
bool link_is_full(void) { return queued >= packets_under_way; }
bool link_is_idle(void) { return queued == 0; }
bool link_wants_to_write(void) { return is_blocked; }

static struct packet *fresh(uint8_t matter, uint16_t session) {
  struct packet *packet = spare;
  if (packet != NULL) {
    spare = packet->next;
    spares--;
  } else {
    packet = malloc(sizeof *packet);
    if (packet == NULL) abort();
  }
  packet->next = NULL;
  packet->length = packet_header_bytes;
  packet->has_left = false;
  put_header(packet->bytes, packet_data, matter, session);
  if (newest != NULL) newest->next = packet;
  else oldest = packet;
  if (unsent == NULL) unsent = packet;
  newest = packet;
  queued++;
  return packet;
}

static bool takes_more(const struct packet *packet, uint8_t matter, uint16_t session, size_t length) {
  if (packet == NULL || packet->has_left || matter != matter_bytes) return false;
  return packet->bytes[15] == matter && u16_at(packet->bytes + 18) == session && packet_most - packet->length >= length;
}

static void append(struct packet *packet, const void *bytes, size_t length) {
  if (length > 0) memcpy(packet->bytes + packet->length, bytes, length);
  packet->length += length;
}

void link_put(uint8_t matter, uint16_t session, const void *head, size_t head_length, const void *body, size_t body_length) {
  struct packet *packet = takes_more(newest, matter, session, head_length + body_length) ? newest : fresh(matter, session);
  append(packet, head, head_length);
  for (;;) {
    size_t room = packet_most - packet->length, count = body_length < room ? body_length : room;
    append(packet, body, count);
    if (count == body_length) return;
    body = (const uint8_t *)body + count;
    body_length -= count;
    packet = fresh(matter, session);
  }
}

int link_patience(void) {
  if (is_agent && !is_heard) return hello_ms;
  if (sent == 0) return -1;
  int64_t left = sent_at + patience_ms - now_ms();
  return left < 0 ? 0 : (int)left;
}

/* True for what has arrived or may be counted as lost, false where the socket is full. */
static bool transmit(uint8_t *bytes, size_t length, bool *is_gone) {
  put_u16(bytes + 16, (uint16_t)(length - packet_header_bytes));
  put_u32(bytes + 20, start);
  put_u32(bytes + 28, expected);
  ssize_t count;
  do count = send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (count < 0 && errno == EINTR);
  if (count >= 0 || errno == ENOBUFS) return true;
  if (errno != EAGAIN) *is_gone = true;
  return false;
}

static bool say(uint8_t kind) {
  uint8_t bytes[60];
  bool is_gone = false;
  memset(bytes, 0, sizeof bytes);
  put_header(bytes, kind, 0, 0);
  transmit(bytes, packet_header_bytes, &is_gone);
  return !is_gone;
}

bool link_work(void) {
  int64_t now = now_ms();
  bool is_gone = false;
  is_blocked = false;
  if (is_agent && !is_heard) {
    if (now - sent_at < hello_ms) return true;
    sent_at = now;
    return say(packet_hello);
  }
  if (start == 0) return true;
  if (sent > 0 && now - sent_at >= patience_ms) {
    /* Nothing was heard for long: all over again. */
    unsent = oldest;
    sent = 0;
    patience_ms = patience_ms * 2 > last_patience_ms ? last_patience_ms : patience_ms * 2;
  }
  while (unsent != NULL && sent < packets_under_way) {
    put_u32(unsent->bytes + 24, oldest_number + sent);
    if (!transmit(unsent->bytes, unsent->length, &is_gone)) break;
    if (sent == 0) sent_at = now;
    unsent->has_left = true;
    owes_ack = false;
    unsent = unsent->next;
    sent++;
  }
  if (is_gone) return false;
  is_blocked = unsent != NULL && sent < packets_under_way;
  if (!owes_ack) return true;
  owes_ack = false;
  return say(packet_ack);
}

static void heard_of(uint32_t next) {
  uint32_t count = next - oldest_number;
  if (count == 0 || count > sent) return;
  for (; count > 0; count--) {
    struct packet *gone = oldest;
    oldest = gone->next;
    if (oldest == NULL) newest = NULL;
    if (spares < spare_most) {
      gone->next = spare;
      spare = gone;
      spares++;
    } else {
      free(gone);
    }
    queued--;
    sent--;
    oldest_number++;
  }
  sent_at = now_ms();
  patience_ms = first_patience_ms;
}

static void hear(const uint8_t *bytes, size_t count) {
  if (count < packet_header_bytes || bytes[12] != packet_ethertype >> 8 || bytes[13] != (packet_ethertype & 0xff)) return;
  size_t length = u16_at(bytes + 16);
  uint8_t kind = bytes[14];
  if (length > count - packet_header_bytes) return;
  if (kind == packet_hello && !is_agent) {
    uint32_t before = start;
    start = u32_at(bytes + 20);
    owes_ack = true;
    if (before == 0 || before == start) return;
    forget_queue();
    events.begin_anew();
    return;
  }
  if (u32_at(bytes + 20) != start || (kind != packet_ack && kind != packet_data)) return;
  is_heard = true;
  heard_of(u32_at(bytes + 28));
  if (kind != packet_data) return;
  owes_ack = true;
  if (u32_at(bytes + 24) != expected) return;
  expected++;
  events.take((struct link_message){bytes[15], u16_at(bytes + 18), bytes + packet_header_bytes, length});
}

bool link_receive(void) {
  static uint8_t bytes[packet_most];
  /* So many a round, so that an end that talks without end holds up nobody. */
  for (int round = 0; round < packets_under_way; round++) {
    ssize_t count = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    /* A network device that goes down says so once; it may come up again. */
    if (count < 0) return errno == EAGAIN || errno == ENETDOWN;
    if (count == 0) return false;
    hear(bytes, (size_t)count);
  }
  return true;
}
