#define _GNU_SOURCE
#include "trim.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/*
 * The guest stands still for 1 ms per MiB while it lends, so it lends in slices, between which its programs go on; and it is short of what it
 * has lent, so all of that takes a second at most. It keeps `reserve_kib` or a thirty-second, and is left alone for `least_kib` or as small a part.
 */
enum { slice_kib = 4096, reserve_kib = 4096, least_kib = 8192, most_ms = 1000, rest_ms = 10000, first_patience_ms = 2000, last_patience_ms = 60000 };

/* linux arch/um/drivers/mconsole.h */
enum { magic = (int)0xcafebabe, version = 2, data_most = 512 };
struct request {
  uint32_t magic, version, length;
  char data[data_most];
};
struct reply {
  uint32_t error, more, length;
  char data[data_most];
};

static const char *console;
static int fd = -1;
/* Whether it is to be given back what it has lent, and no more to be asked for. */
static bool is_returning, is_sent;
/* What the guest was asked to lend, and what it still may be; and what it uses. */
static uint64_t lent_kib, left_kib, used_kib;
/*
 * What its memory on the host is beyond what the guest uses, at the least since the last time: so much does not come back. It may be below zero, for
 * a kernel holds pages that it never wrote, such as those for packets to come.
 */
static int64_t excess_kib;
static int64_t now, begun_at, asked_at, ended_at = -rest_ms;
static int patience_ms;

static void look_at_clock(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  now = (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void trim_begin(const char *path) { console = path; }
int trim_fd(void) { return fd; }

int trim_patience(void) {
  if (fd < 0) return -1;
  look_at_clock();
  int64_t left = asked_at + patience_ms - now;
  return left < 0 ? 0 : (int)left;
}

static void end(void) {
  close(fd);
  fd = -1;
  ended_at = now;
}

/* What the guest's memory takes of the host. */
static uint64_t resident_kib(void) {
  struct statvfs at;
  return statvfs(console, &at) == 0 ? (uint64_t)(at.f_blocks - at.f_bfree) * at.f_frsize / 1024 : 0;
}

/* An address of its own, which its answers need, and no answers but its. */
static bool connect_to_console(void) {
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  if (strlen(console) >= sizeof at.sun_path) return false;
  fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  if (bind(fd, (struct sockaddr *)&at, sizeof at.sun_family) == 0) {
    strcpy(at.sun_path, console);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0) return true;
  }
  end();
  return false;
}

static void ask(char sign, uint64_t kib) {
  struct request request = {.magic = (uint32_t)magic, .version = version};
  request.length = (uint32_t)snprintf(request.data, sizeof request.data, "config mem=%c%lluK", sign, (unsigned long long)kib);
  asked_at = now;
  is_sent = send(fd, &request, sizeof request, MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof request;
  /* Its socket may be full; else nobody is there any more. */
  if (!is_sent && errno != EAGAIN && errno != ENOBUFS && errno != EINTR) end();
}

static void lend(void) {
  uint64_t kib = left_kib < slice_kib ? left_kib : slice_kib;
  left_kib -= kib;
  lent_kib += kib;
  ask('-', kib);
}

/* What it hasn't lent it isn't given: more than that does no harm. */
static void give_back(void) {
  is_returning = true;
  ask('+', lent_kib);
}

static uint32_t u32_at(const uint8_t *at) { return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24; }

/* The first time it always is. */
static bool is_worth_it(int64_t excess, uint64_t total) {
  static bool is_known;
  uint64_t least = total / 32 > least_kib ? total / 32 : least_kib;
  if (is_known && excess < excess_kib) excess_kib = excess;
  if (is_known && excess < excess_kib + (int64_t)least) return false;
  is_known = true;
  return true;
}

void trim_hear(struct link_message message) {
  if (console == NULL || fd >= 0 || message.length != 8) return;
  uint64_t total = u32_at(message.bytes), unused = u32_at(message.bytes + 4), kept = total / 32 > reserve_kib ? total / 32 : reserve_kib;
  look_at_clock();
  if (now - ended_at < rest_ms || unused > total || unused <= kept) return;
  int64_t excess = (int64_t)resident_kib() - (int64_t)(total - unused);
  if (!is_worth_it(excess, total) || !connect_to_console()) return;
  used_kib = total - unused;
  left_kib = unused - kept;
  lent_kib = 0;
  is_returning = false;
  patience_ms = first_patience_ms;
  begun_at = now;
  lend();
}

static void answered(uint32_t error) {
  if (!is_returning) {
    bool is_enough = error != 0 || left_kib == 0 || now - begun_at >= most_ms;
    return is_enough ? give_back() : lend();
  }
  if (!is_sent) return;
  excess_kib = (int64_t)resident_kib() - (int64_t)used_kib;
  end();
}

static void unanswered(void) {
  if (is_returning) patience_ms = patience_ms * 2 < last_patience_ms ? patience_ms * 2 : last_patience_ms;
  give_back();
}

void trim_work(void) {
  struct reply reply;
  if (fd < 0) return;
  look_at_clock();
  ssize_t count = recv(fd, &reply, sizeof reply, MSG_DONTWAIT);
  if (count < 0 && errno != EAGAIN && errno != EINTR) return end();
  if (count >= (ssize_t)offsetof(struct reply, data) && reply.more == 0) answered(reply.error);
  else if (now - asked_at >= patience_ms) unanswered();
}
