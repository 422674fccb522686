/* What concerns the processor, its memory, and the way into the kernel and back. */
#include "work.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void compute(long loops) {
  uint32_t a = 1, b = 2;
  for (long i = 0; i < loops; i++) {
    a = a * 1664525u + 1013904223u;
    b ^= (a >> 7) + (b << 3);
  }
  sink += a ^ b;
}

/* A walk along a chain of addresses through 16 MiB, each known only when the one before has been read. */
static uint32_t *chain;

static void lay_chain(void) {
  const uint32_t slots = 16 * MEBI / sizeof *chain;
  if (chain != NULL) return;
  chain = (uint32_t *)pages(16 * MEBI);
  /* A full cycle, for the increment is odd and the factor 1 more than a multiple of 4. */
  for (uint32_t at = 0, i = 0; i < slots; i++) {
    uint32_t next = (at * 2891336453u + 12345u) % slots;
    chain[at] = next;
    at = next;
  }
}

static void walk(long loops) {
  uint32_t at = 0;
  for (long i = 0; i < loops; i++) at = chain[at];
  sink += at;
}

/* Beyond what most caches hold: bandwidth. */
static unsigned char *source, *target;

static void lay_bytes(void) {
  if (source != NULL) return;
  source = pages(16 * MEBI);
  target = pages(16 * MEBI);
  memset(source, 1, 16 * MEBI);
  memset(target, 2, 16 * MEBI);
}

static void copy(long loops) {
  for (long i = 0; i < loops; i++) {
    size_t at = (size_t)(i % 64) * (MEBI / 4);
    memcpy(target + at, source + at, MEBI / 4);
    sink += target[at];
  }
}

/* 2 MiB at a time, page by page. */
static void fault(long loops) {
  const size_t bytes = 2 * MEBI;
  for (long i = 0; i < loops; i++) {
    unsigned char *at = pages(bytes);
    for (size_t offset = 0; offset < bytes; offset += PAGE) at[offset] = 1;
    munmap(at, bytes);
  }
}

static void call(long loops) {
  for (long i = 0; i < loops; i++) sink += (uint64_t)syscall(SYS_getppid);
}

const struct work processor_works[] = {
    {"cpu", NULL, compute}, {"memory", lay_chain, walk}, {"copy", lay_bytes, copy},
    {"fault", NULL, fault}, {"call", NULL, call},        {NULL, NULL, NULL},
};
