#define _GNU_SOURCE
#include "link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "packet.h"

enum { first_patience_ms = 250, last_patience_ms = 2000, hello_ms = 100, again_ms = 25, spare_most = packets_under_way, page_bytes = 4096 };
/* What has come is said with what leaves anyway, or after so many packets, or so late: each ACK wakes the other side for nothing else. */
enum { unsaid_most = packets_under_way / 4, unsaid_ms = 40 };

struct packet {
  struct packet *next;
  size_t length;
  /* Somebody may have got it already: nothing is added any more. */
  bool has_left;
  uint8_t bytes[packet_most];
};

static uint8_t received[packets_under_way][packet_most];

static int fd = -1;
static bool is_agent, is_heard;
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
/* How much of what has come was not said yet, and since when. */
static int unsaid;
static int64_t unsaid_since;

/* Milliseconds, as of the last time something was received or worked on: in a guest a look at the clock may cost as much as a packet. */
static int64_t now;

static void look_at_clock(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  now = (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
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

static void introduce(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  start = ((uint32_t)time.tv_nsec ^ (uint32_t)time.tv_sec << 12) | 1;
  sent_at = now;
  say(packet_hello);
}

void link_begin(int socket, bool agent, struct link_events what) {
  fd = socket;
  is_agent = agent;
  events = what;
  look_at_clock();
  link_keep_from_children(received, sizeof received);
  sent_at = now - again_ms;
  if (is_agent) introduce();
}

void link_keep_from_children(void *bytes, size_t size) {
  size_t before = -(uintptr_t)bytes & (page_bytes - 1);
  if (size > before + page_bytes) madvise((uint8_t *)bytes + before, (size - before) & ~(size_t)(page_bytes - 1), MADV_DONTFORK);
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
  if (!is_agent && start == 0) return again_ms;
  int64_t until = INT64_MAX;
  if (sent > 0) until = sent_at + patience_ms;
  if (unsaid > 0 && unsaid_since + unsaid_ms < until) until = unsaid_since + unsaid_ms;
  if (until == INT64_MAX) return -1;
  return until < now ? 0 : (int)(until - now);
}

static void finish_header(uint8_t *bytes, size_t length) {
  put_u16(bytes + 16, (uint16_t)(length - packet_header_bytes));
  put_u32(bytes + 20, start);
  put_u32(bytes + 28, expected);
}

/* What passes: no room now, neither in the socket nor in a kernel that is short of memory. */
static bool is_passing(int error) { return error == EAGAIN || error == ENOBUFS || error == ENOMEM || error == EINTR; }

/* Without waiting; what is lost so is like any other loss. False if the other end is gone. */
static bool say(uint8_t kind) {
  uint8_t bytes[60];
  memset(bytes, 0, sizeof bytes);
  put_header(bytes, kind, 0, 0);
  finish_header(bytes, packet_header_bytes);
  return send(fd, bytes, packet_header_bytes, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 || is_passing(errno);
}

/* All at once what may leave. Returns how many the socket took; -1 if the other end is gone. */
static int transmit(void) {
  static struct iovec parts[packets_under_way];
  static struct mmsghdr messages[packets_under_way];
  int count = 0;
  for (struct packet *packet = unsent; packet != NULL && sent + (uint32_t)count < packets_under_way; packet = packet->next) {
    put_u32(packet->bytes + 24, oldest_number + sent + (uint32_t)count);
    finish_header(packet->bytes, packet->length);
    parts[count] = (struct iovec){packet->bytes, packet->length};
    messages[count].msg_hdr.msg_iov = &parts[count];
    messages[count].msg_hdr.msg_iovlen = 1;
    count++;
  }
  if (count == 0) return 0;
  /* musl's own sends one after the other; what it would set to zero first is zero here. */
  long taken = syscall(SYS_sendmmsg, fd, messages, count, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (taken >= 0) return (int)taken;
  return is_passing(errno) ? 0 : -1;
}

/* Nothing was heard for long: all over again. */
static void begin_over(void) {
  unsent = oldest;
  sent = 0;
  patience_ms = patience_ms * 2 > last_patience_ms ? last_patience_ms : patience_ms * 2;
}

bool link_work(void) {
  is_blocked = false;
  if (is_agent && !is_heard) {
    look_at_clock();
    if (now - sent_at < hello_ms) return true;
    sent_at = now;
    return say(packet_hello);
  }
  if (start == 0) {
    look_at_clock();
    if (now - sent_at < again_ms) return true;
    sent_at = now;
    return say(packet_again);
  }
  if (sent > 0 || unsent != NULL || unsaid > 0) look_at_clock();
  if (sent > 0 && now - sent_at >= patience_ms) begin_over();
  int taken = transmit();
  if (taken < 0) return false;
  if (taken > 0 && sent == 0) sent_at = now;
  if (taken > 0) unsaid = 0;
  for (; taken > 0; taken--, sent++) {
    unsent->has_left = true;
    unsent = unsent->next;
  }
  is_blocked = unsent != NULL && sent < packets_under_way;
  if (unsaid == 0 || (unsaid < unsaid_most && now - unsaid_since < unsaid_ms)) return true;
  unsaid = 0;
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
  sent_at = now;
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
    unsaid = unsaid_most;
    if (before == 0 || before == start) return;
    forget_queue();
    events.begin_anew();
    return;
  }
  if (kind == packet_again && is_agent && is_heard) {
    forget_queue();
    is_heard = false;
    unsaid = 0;
    introduce();
    events.begin_anew();
    return;
  }
  if (u32_at(bytes + 20) != start || (kind != packet_ack && kind != packet_data)) return;
  is_heard = true;
  heard_of(u32_at(bytes + 28));
  if (kind != packet_data) return;
  if (unsaid++ == 0) unsaid_since = now;
  if (u32_at(bytes + 24) != expected) {
    /* It was sent again: its sender waits. */
    unsaid = unsaid_most;
    return;
  }
  expected++;
  events.take((struct link_message){bytes[15], u16_at(bytes + 18), bytes + packet_header_bytes, length});
}

bool link_receive(void) {
  static struct iovec parts[packets_under_way];
  static struct mmsghdr messages[packets_under_way];
  for (int i = 0; i < packets_under_way; i++) {
    parts[i] = (struct iovec){received[i], packet_most};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
  }
  /* So many a round, so that an end that talks without end holds up nobody. */
  int count = recvmmsg(fd, messages, packets_under_way, MSG_DONTWAIT, NULL);
  /* A network device that goes down says so once; it may come up again. */
  if (count < 0) return is_passing(errno) || errno == ENETDOWN;
  if (unsaid == 0) look_at_clock();
  for (int i = 0; i < count; i++) {
    /* Sockets of packets say so that the other end is gone. */
    if (messages[i].msg_len == 0) return false;
    hear(received[i], messages[i].msg_len);
  }
  return true;
}
