/*
 * Serves a directory to a guest's kernel, as a file system of virtio (virtio 1.2, 5.11) over vhost-user, or to whoever has that device and passes its requests on.
 *
 *   isola-share LISTENER TAG KIND DIRECTORY
 *
 * LISTENER: the number of a socket that listens; the kernel connects to it, and again whenever it begins anew. TAG: what it is mounted by; `-`: who connects has the device, stream.h. KIND: `tree`, where
 * nobody else writes, and the guest may believe for a second what it was told; or `volumes`, a directory of file systems where others write, too. It ends when the guest lies, with a sentence, or with whoever started it; it waits for nothing but its poll
 * and the host's file systems. Read nodes.h, then fuse.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "damage.h"
#include "fuse.h"
#include "nodes.h"
#include "ring.h"
#include "stream.h"
#include "vhost.h"

/* What it has open besides its nodes; how many of these it keeps at most: each keeps its file in the host's memory. */
enum { other_descriptors = 64, nodes_open_most = 4096, batch = 64, rest_us = 1000000, patience_us = 250 };

_Noreturn void damage(const char *what) {
  fprintf(stderr, "isola-share: %s\n", what);
  exit(damage_status);
}

static unsigned open_most(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return other_descriptors;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < 2 * other_descriptors) return other_descriptors;
  return limit.rlim_max - other_descriptors < nodes_open_most ? (unsigned)limit.rlim_max - other_descriptors : nodes_open_most;
}

/*
 * Its turns are short, so on a busy host they come sooner: linux 6.12, sched(7) and sched_setattr(2), sched_runtime of SCHED_OTHER. Older kernels don't heed it.
 */
static void take_short_turns(void) {
  const struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns, deadline_ns, period_ns;
  } turns = {.size = 48, .runtime_ns = 100000};
  syscall(SYS_sched_setattr, 0, &turns, 0);
}

/* What waits in a queue, up to a bound; true if more may. */
static bool serve(struct ring *one) {
  static struct request request;
  int count = 0;
  while (one->is_enabled && one->size > 0 && count < batch && ring_take(one, &request.chain)) {
    ring_give(one, request.chain.head, fuse_serve(&request));
    ring_tell(one);
    count++;
  }
  return count == batch;
}

static void hush(int fd) {
  uint64_t times;
  (void)!read(fd, &times, sizeof times);
}

/* Until its kernel has gone, or begun anew. */
static void converse(int connection, int listener) {
  bool has_more = false, is_rested = true;
  /* Microseconds until what it was told is looked for; 0: it has been heard. */
  int patience = 0;
  for (;;) {
    struct pollfd polls[2 + rings] = {{.fd = connection, .events = POLLIN}, {.fd = listener, .events = POLLIN}};
    for (int i = 0; i < rings; i++) polls[2 + i] = (struct pollfd){.fd = ring[i].is_enabled ? ring[i].kick : -1, .events = POLLIN};
    int wait = has_more ? 0 : patience > 0 ? patience : rest_us;
    const struct timespec most = {wait / 1000000, wait % 1000000 * 1000};
    int count = ppoll(polls, 2 + rings, is_rested && patience == 0 ? NULL : &most, NULL);
    if (count < 0 && errno != EINTR) return;
    if (count == 0 && wait == rest_us) {
      nodes_stop_writing();
      is_rested = true;
    }
    if (count == 0 && !has_more && patience > 0) patience = !rings_remind() ? 0 : 2 * patience < rest_us ? 2 * patience : rest_us;
    if (polls[1].revents != 0 || (polls[0].revents != 0 && !vhost_hear())) return;
    bool is_kicked = has_more;
    for (int i = 0; i < rings; i++)
      if (polls[2 + i].revents != 0) {
        hush(polls[2 + i].fd);
        is_kicked = true;
      }
    if (!is_kicked) continue;
    is_rested = false;
    has_more = false;
    patience = patience_us;
    for (int i = 0; i < rings; i++) has_more |= serve(&ring[i]);
  }
}

/* The same by a stream. */
static void converse_by_stream(int connection) {
  for (bool is_rested = true;;) {
    struct pollfd said = {.fd = connection, .events = POLLIN};
    int count = poll(&said, 1, is_rested ? -1 : rest_us / 1000);
    if (count < 0 && errno != EINTR) return;
    if (count == 0) nodes_stop_writing();
    if (count > 0 && !stream_serve(connection)) return;
    is_rested = count == 0;
  }
}

int main(int count, char **words) {
  bool are_volumes = count == 5 && strcmp(words[3], "volumes") == 0, is_stream = count == 5 && strcmp(words[2], "-") == 0;
  if (count != 5 || (!are_volumes && strcmp(words[3], "tree") != 0)) {
    fprintf(stderr, "usage: isola-share LISTENER TAG tree|volumes DIRECTORY\n");
    return 2;
  }
  int listener = atoi(words[1]), directory = open(words[4], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0 || !nodes_begin(directory, are_volumes, open_most())) {
    fprintf(stderr, "isola-share: %s: %s\n", words[4], strerror(errno));
    return 1;
  }
  fuse_begin(are_volumes);
  umask(0);
  take_short_turns();
  signal(SIGPIPE, SIG_IGN);
  for (int connection; (connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0 || errno == EINTR || errno == ECONNABORTED;) {
    if (connection < 0) continue;
    if (is_stream) {
      converse_by_stream(connection);
      close(connection);
    } else {
      vhost_begin(connection, words[2]);
      converse(connection, listener);
      vhost_end();
    }
    nodes_end();
  }
  return 1;
}
