#define _GNU_SOURCE
#include "memory.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "../link/link.h"
#include "../link/packet.h"
#include "line.h"

/* Between looks: at first and while the guest works; after one that found it idle; and twice as long after each that found nothing new, up to the last. */
enum { first_s = 5, busy_s = 10, idle_s = 30, last_s = 300 };

static int timer = -1;
static int pause_s = idle_s;
static double up_before, idle_before;
static unsigned long long free_before;

unsigned long long memory(const char *name) {
  char line[128];
  unsigned long long value = 0, kib;
  FILE *file = fopen("/proc/meminfo", "re");
  if (file == NULL) return 0;
  while (fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, name, strlen(name)) == 0 && sscanf(line + strlen(name), ": %llu", &kib) == 1) value = kib * 1024;
  fclose(file);
  return value;
}

unsigned long memory_kills(void) {
  char line[128];
  unsigned long value = 0;
  FILE *file = fopen("/proc/vmstat", "re");
  if (file == NULL) return 0;
  while (fgets(line, sizeof line, file) != NULL && sscanf(line, "oom_kill %lu", &value) != 1) continue;
  fclose(file);
  return value;
}

static void look_in(int seconds) { timerfd_settime(timer, 0, &(struct itimerspec){.it_value.tv_sec = seconds}, NULL); }

int memory_begin(void) {
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (timer >= 0) look_in(first_s);
  return timer;
}

/* For three quarters of the time since the last look: proc(5), /proc/uptime. */
static bool was_idle(void) {
  double up = 0, idle = 0;
  FILE *file = fopen("/proc/uptime", "re");
  if (file == NULL) return false;
  bool is_read = fscanf(file, "%lf %lf", &up, &idle) == 2;
  fclose(file);
  bool is_idle = is_read && (idle - idle_before) * 4 >= (up - up_before) * 3;
  up_before = up;
  idle_before = idle;
  return is_idle;
}

/*
 * What booting has read and nobody has open lies in the host's memory, too, where its files are. Once: what is read later may be read again.
 * linux Documentation/admin-guide/sysctl/vm.rst, drop_caches. The kernel's log says so.
 */
static void forget_booting(void) {
  static bool is_done;
  int fd = is_done ? -1 : open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
  is_done = true;
  if (fd < 0) return;
  (void)!write(fd, "1", 1);
  close(fd);
}

static void tell(unsigned long long total, unsigned long long unused) {
  uint8_t sizes[8];
  put_u32(sizes, (uint32_t)(total / 1024));
  put_u32(sizes + 4, (uint32_t)(unused / 1024));
  link_put(matter_free, 0, sizes, sizeof sizes, NULL, 0);
}

void memory_look(void) {
  uint64_t times;
  if (read(timer, &times, sizeof times) != sizeof times) return;
  /* A relay that has not heard what was said before needn't hear more. */
  if (!was_idle() || !link_is_idle()) return look_in(busy_s);
  forget_booting();
  unsigned long long total = memory("MemTotal"), unused = memory("MemFree");
  unsigned long long change = unused > free_before ? unused - free_before : free_before - unused;
  pause_s = change > total / 32 ? idle_s : pause_s * 2 < last_s ? pause_s * 2 : last_s;
  free_before = unused;
  tell(total, unused);
  look_in(pause_s);
}
