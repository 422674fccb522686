#define _GNU_SOURCE
#include "rest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/random.h>

enum { look_ms = 5, device_patience_ms = 20000, block_bytes = 4096, seed_most = 64 };

static void wait_ms(int ms) { nanosleep(&(struct timespec){.tv_nsec = ms * 1000000L}, NULL); }

bool rest_wait_for(const char *device) {
  for (int waited = 0; access(device, F_OK) != 0; waited += look_ms) {
    if (errno != ENOENT || waited >= device_patience_ms) return false;
    wait_ms(look_ms);
  }
  return true;
}

static bool read_line(const char *path, char *text, size_t room) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t count = fd < 0 ? -1 : read(fd, text, room - 1);
  if (fd >= 0) close(fd);
  if (count < 0) return false;
  text[count] = 0;
  text[strcspn(text, "\n")] = 0;
  return true;
}

bool rest_wait_for_sectors(const char *device, const char *sectors) {
  const char *name = strrchr(device, '/') + 1;
  char size[64], again[96], text[32];
  snprintf(size, sizeof size, "/sys/block/%s/size", name);
  snprintf(again, sizeof again, "/sys/block/%s/device/rescan_controller", name);
  for (int waited = 0; read_line(size, text, sizeof text); waited += look_ms) {
    if (strcmp(text, sectors) == 0) return true;
    if (waited >= device_patience_ms) return errno = ETIMEDOUT, false;
    int fd = waited == 0 ? open(again, O_WRONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
      (void)!write(fd, "1", 1);
      close(fd);
    }
    wait_ms(look_ms);
  }
  return false;
}

static bool has_successor(const char *text) { return strncmp(text, "more ", strlen("more ")) == 0; }

/* Past the kernel's memory of the disk: what it has now. */
char *rest_of(const char *disk) {
  static char text[rest_most] __attribute__((aligned(block_bytes)));
  static bool is_successor;
  if (!rest_wait_for(disk)) return NULL;
  int fd = open(disk, O_RDONLY | O_DIRECT | O_CLOEXEC);
  if (fd < 0) return NULL;
  dprintf(2, "isola waits\n");
  ssize_t count;
  while ((count = pread(fd, text, block_bytes, 0)) == block_bytes && (text[0] == 0 || (is_successor && has_successor(text)))) wait_ms(look_ms);
  if (count == block_bytes && memchr(text, 0, block_bytes) == NULL) count = pread(fd, text, sizeof text, 0);
  close(fd);
  if (count <= 0) return NULL;
  text[sizeof text - 1] = 0;
  is_successor = has_successor(text);
  return text;
}

bool seed_random(const char *hex) {
  struct {
    struct rand_pool_info info;
    uint8_t bytes[seed_most];
  } seed;
  size_t count = strlen(hex) / 2;
  if (count == 0 || count > seed_most) return errno = EINVAL, false;
  for (size_t i = 0; i < count; i++)
    if (sscanf(hex + 2 * i, "%2hhx", &seed.bytes[i]) != 1) return errno = EINVAL, false;
  seed.info.entropy_count = (int)count * 8;
  seed.info.buf_size = (int)count;
  int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool done = ioctl(fd, RNDADDENTROPY, &seed) == 0 && ioctl(fd, RNDRESEEDCRNG) == 0;
  int error = errno;
  close(fd);
  errno = error;
  return done;
}
