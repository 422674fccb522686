#define _GNU_SOURCE
#include "ask.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"
#include "child.h"
#include "group.h"
#include "memory.h"
#include "power.h"
#include "wire.h"

enum { entropy_most = 512, text_most = 1024, ask_kindly = 255 };

/* Who asked. */
static uint16_t session;

static void answer(uint8_t subject, int error, const char *text) {
  uint8_t payload[3 + text_most] = {subject};
  size_t length = strnlen(text, text_most);
  put_u16(payload + 1, (uint16_t)error);
  memcpy(payload + 3, text, length);
  line_send(wire_answer, session, 0, payload, 3 + length);
}

static void stats(void) {
  char text[text_most];
  struct sysinfo info;
  struct statvfs root = {0};
  if (sysinfo(&info) != 0) return answer(ask_stats, errno, "");
  statvfs(child_root_path(), &root);
  snprintf(text, sizeof text,
           "uptime-seconds %ld\nprocesses %u\nmemory-total %llu\nmemory-available %llu\nload %.2f\ndisk-total %llu\ndisk-free %llu\n",
           info.uptime, info.procs, memory("MemTotal"), memory("MemAvailable"), (double)info.loads[0] / 65536,
           (unsigned long long)root.f_blocks * root.f_frsize, (unsigned long long)root.f_bfree * root.f_frsize);
  size_t length = strlen(text);
  unsigned long used, refused;
  length += (size_t)snprintf(text + length, sizeof text - length, "oom-kills %lu\n", memory_kills());
  if (group_count(&used, &refused)) snprintf(text + length, sizeof text - length, "pids-used %lu\npids-refused %lu\n", used, refused);
  answer(ask_stats, 0, text);
}

static void end(int how) {
  if (how != 0) {
    answer(ask_shutdown, (how == ask_kindly ? power_off_kindly() : kill(1, how)) == 0 ? 0 : errno, "");
    return;
  }
  sync();
  answer(ask_shutdown, reboot(RB_POWER_OFF) == 0 ? 0 : errno, "");
}

static void set_time(const uint8_t *payload) {
  uint64_t ns = (uint64_t)u32_at(payload + 4) << 32 | u32_at(payload);
  struct timespec now = {.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};
  answer(ask_time, clock_settime(CLOCK_REALTIME, &now) == 0 ? 0 : errno, "");
}

static void stir(const uint8_t *bytes, size_t count) {
  struct {
    struct rand_pool_info info;
    uint8_t bytes[entropy_most];
  } pool = {.info = {.entropy_count = (int)count * 8, .buf_size = (int)count}};
  int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
  memcpy(pool.bytes, bytes, count);
  /* Two machines that were one draw the same numbers until that is mixed in. */
  int result = fd < 0 || ioctl(fd, RNDADDENTROPY, &pool) != 0 ? -1 : ioctl(fd, RNDRESEEDCRNG);
  int error = errno;
  if (fd >= 0) close(fd);
  answer(ask_entropy, result == 0 ? 0 : error, "");
}

void ask_take(struct frame frame) {
  if (frame.length < 1) return;
  session = frame.session;
  const uint8_t *rest = frame.payload + 1;
  size_t length = frame.length - 1;
  switch (frame.payload[0]) {
    case ask_stats: return stats();
    case ask_shutdown: return length == 1 ? end(rest[0]) : answer(ask_shutdown, EINVAL, "");
    case ask_time: return length == 8 ? set_time(rest) : answer(ask_time, EINVAL, "");
    case ask_entropy: return length > 0 && length <= entropy_most ? stir(rest, length) : answer(ask_entropy, EINVAL, "");
    case ask_hostname: return answer(ask_hostname, sethostname((const char *)rest, length) == 0 ? 0 : errno, "");
    case ask_main: return answer(ask_main, length == 1 && channels_signal_main(rest[0]) ? 0 : ESRCH, "");
    case ask_pids: return answer(ask_pids, length != 4 ? EINVAL : group_limit(u32_at(rest)) ? 0 : errno, "");
    default: answer(frame.payload[0], ENOSYS, "");
  }
}
