#define _GNU_SOURCE
#include "output.h"

#include <errno.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "say.h"

enum { buffer_bytes = 256 << 10 };

static uint8_t buffer[buffer_bytes];
static size_t used;

void output_flush(void) {
  for (size_t from = 0; from < used;) {
    ssize_t count = write(1, buffer + from, used - from);
    if (count < 0 && errno != EINTR) say_and_end("the archive", strerror(errno));
    if (count > 0) from += (size_t)count;
  }
  used = 0;
}

static size_t room(uint64_t most) {
  if (used == buffer_bytes) output_flush();
  return most < buffer_bytes - used ? (size_t)most : buffer_bytes - used;
}

void output_put(const void *bytes, size_t count) {
  while (count > 0) {
    size_t step = room(count);
    memcpy(buffer + used, bytes, step);
    used += step;
    bytes = (const uint8_t *)bytes + step;
    count -= step;
  }
}

void output_zeros(size_t count) {
  while (count > 0) {
    size_t step = room(count);
    memset(buffer + used, 0, step);
    used += step;
    count -= step;
  }
}

/* Pages go from the file to the pipe without a stay here, where they can. */
static void hand_over(int fd, uint64_t *count) {
  output_flush();
  while (*count > 0) {
    ssize_t moved = sendfile(1, fd, NULL, *count < 1 << 30 ? (size_t)*count : 1 << 30);
    if (moved < 0 && errno == EINTR) continue;
    if (moved <= 0) return;
    *count -= (uint64_t)moved;
  }
}

uint64_t output_file(int fd, uint64_t count) {
  if (count >= buffer_bytes) hand_over(fd, &count);
  while (count > 0) {
    size_t step = room(count);
    ssize_t got = read(fd, buffer + used, step);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return count;
    used += (size_t)got;
    count -= (uint64_t)got;
  }
  return 0;
}
