#define _GNU_SOURCE
#include "memory.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

static struct {
  struct region region;
  uint8_t *bytes;
} mapped[regions_most];
static int count;

bool memory_add(const struct region *region, int fd) {
  struct stat file;
  errno = EINVAL;
  if (count == regions_most || region->bytes == 0 || region->guest + region->bytes < region->guest || region->user + region->bytes < region->user) return false;
  if (fstat(fd, &file) != 0) return false;
  errno = EINVAL;
  if (region->offset % 4096 != 0 || region->offset > (uint64_t)file.st_size || region->bytes > (uint64_t)file.st_size - region->offset) return false;
  void *at = mmap(NULL, region->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)region->offset);
  if (at == MAP_FAILED) return false;
  mapped[count].region = *region;
  mapped[count++].bytes = at;
  return true;
}

void memory_clear(void) {
  while (count > 0) {
    count--;
    munmap(mapped[count].bytes, mapped[count].region.bytes);
  }
}

static void *within(int index, uint64_t begin, uint64_t at, uint64_t bytes) {
  uint64_t room = mapped[index].region.bytes;
  if (at < begin || at - begin > room || bytes > room - (at - begin)) return NULL;
  return mapped[index].bytes + (at - begin);
}

void *memory_at(uint64_t guest, uint64_t bytes) {
  void *found = NULL;
  for (int i = 0; i < count && found == NULL; i++) found = within(i, mapped[i].region.guest, guest, bytes);
  return found;
}

void *memory_at_user(uint64_t user, uint64_t bytes) {
  void *found = NULL;
  for (int i = 0; i < count && found == NULL; i++) found = within(i, mapped[i].region.user, user, bytes);
  return found;
}
