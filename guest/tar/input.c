#define _GNU_SOURCE
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "say.h"

enum { buffer_bytes = 256 << 10 };

static uint8_t buffer[buffer_bytes];
static size_t from, to;

static _Noreturn void end_early(void) { say_and_end("", "the archive ends in the middle"); }

/* Whatever there is, where nothing is left. */
static void fill(void) {
  ssize_t count;
  if (from < to) return;
  while ((count = read(0, buffer, sizeof buffer)) < 0 && errno == EINTR)
    ;
  if (count < 0) say_and_end("the archive", strerror(errno));
  if (count == 0) end_early();
  from = 0;
  to = (size_t)count;
}

static size_t at_hand(uint64_t most) {
  fill();
  return most < to - from ? (size_t)most : to - from;
}

void input_take(void *target, size_t count) {
  while (count > 0) {
    size_t step = at_hand(count);
    memcpy(target, buffer + from, step);
    target = (uint8_t *)target + step;
    from += step;
    count -= step;
  }
}

void input_skip(uint64_t count) {
  while (count > 0) {
    size_t step = at_hand(count);
    from += step;
    count -= step;
  }
}

/* Pages go from the pipe to the file without a stay here. False where they can't. */
static bool hand_over(int fd, uint64_t *count) {
  while (*count > 0) {
    ssize_t moved = splice(0, NULL, fd, NULL, *count < 1 << 30 ? (size_t)*count : 1 << 30, 0);
    if (moved < 0 && errno == EINTR) continue;
    if (moved < 0) return errno == EINVAL;
    if (moved == 0) end_early();
    *count -= (uint64_t)moved;
  }
  return true;
}

uint64_t input_write_to(int fd, uint64_t count) {
  while (count > 0) {
    if (from == to && count >= buffer_bytes && !hand_over(fd, &count)) break;
    if (count == 0) break;
    size_t step = at_hand(count);
    ssize_t written = write(fd, buffer + from, step);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;
    from += (size_t)written;
    count -= (size_t)written;
  }
  return count;
}
