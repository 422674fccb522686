/*
 * Carries bytes to a disk and from it, and by TCP both ways, as a guest's program; and, on the host, is the other end of its TCP.
 *
 *   carry NAME write|rewrite|read direct|cached DEVICE BYTES
 *   carry NAME send|receive ADDRESS PORT BYTES
 *   carry serve PORT
 *
 * Says `@NAME begins`, and `@NAME ends` once all has been carried, lasts, and was right, or `@NAME fails` and why. What is to be done before the time
 * counts comes first: `write` has the disk forget what it had, so that it is written anew; what is read isn't in the guest's memory. Each block tells its
 * number, and whoever gets it looks whether it is the one that was to come.
 *
 * Who connects says in two numbers of 64 bits, little-endian, how many bytes come, and how many are wanted; of those that came the answer is how many.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { block_bytes = 1 << 20, patience_s = 200 };
static const char *name = "serve";
static uint64_t *block;

static void fail(const char *what) {
  printf("@%s fails: %s: %s\n", name, what, strerror(errno));
  exit(1);
}

static void give_up(int number) {
  (void)number;
  errno = ETIMEDOUT;
  fail("it");
}

/* All of it. False: the other end is gone. */
static int whole(ssize_t (*move)(int, void *, size_t), int fd, void *bytes, size_t count) {
  for (size_t done = 0; done < count;) {
    ssize_t some = move(fd, (char *)bytes + done, count - done);
    if (some == 0 || (some < 0 && errno != EINTR)) return 0;
    if (some > 0) done += (size_t)some;
  }
  return 1;
}

static ssize_t put(int fd, void *bytes, size_t count) { return write(fd, bytes, count); }

static void put_all(int fd, uint64_t bytes) {
  for (uint64_t at = 0; at < bytes; at += block_bytes) {
    *block = at;
    if (!whole(put, fd, block, block_bytes)) fail("writing");
  }
}

static void get_all(int fd, uint64_t bytes) {
  for (uint64_t at = 0; at < bytes; at += block_bytes) {
    if (!whole(read, fd, block, block_bytes)) fail("reading");
    errno = EILSEQ;
    if (*block != at) fail("what came");
  }
}

static void begin(void) {
  printf("@%s begins\n", name);
  alarm(patience_s);
}

static void forget(void) {
  sync();
  int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
  if (fd < 0 || write(fd, "3", 1) != 1) fail("drop_caches");
  close(fd);
}

static void disk(const char *what, const char *how, const char *device, uint64_t bytes) {
  int is_read = strcmp(what, "read") == 0;
  forget();
  int fd = open(device, (is_read ? O_RDONLY : O_RDWR) | (strcmp(how, "direct") == 0 ? O_DIRECT : 0));
  if (fd < 0) fail(device);
  uint64_t range[2] = {0, bytes};
  if (strcmp(what, "write") == 0 && (ioctl(fd, BLKDISCARD, range) != 0 || fsync(fd) != 0)) fail("discarding");
  begin();
  if (is_read) get_all(fd, bytes);
  else put_all(fd, bytes);
  if (!is_read && fsync(fd) != 0) fail("fsync");
}

static void network(const char *what, const char *address, int port, uint64_t bytes) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = inet_addr(address)};
  int is_sent = strcmp(what, "send") == 0;
  uint64_t order[2] = {is_sent ? bytes : 0, is_sent ? 0 : bytes}, came = 0;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) fail("connecting");
  begin();
  if (!whole(put, fd, order, sizeof order)) fail("ordering");
  if (is_sent) put_all(fd, bytes);
  else get_all(fd, bytes);
  if (!is_sent) return;
  if (!whole(read, fd, &came, sizeof came)) fail("the answer");
  errno = EMSGSIZE;
  if (came != bytes) fail("the answer");
}

static void answer(int fd) {
  uint64_t order[2];
  alarm(2 * patience_s);
  if (!whole(read, fd, order, sizeof order)) return;
  get_all(fd, order[0]);
  if (order[0] > 0 && !whole(put, fd, order, sizeof *order)) fail("answering");
  put_all(fd, order[1]);
}

_Noreturn static void serve(int port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 8) != 0) fail("listening");
  signal(SIGCHLD, SIG_IGN);
  puts("@serve begins");
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    if (fd < 0) continue;
    if (fork() == 0) {
      answer(fd);
      exit(0);
    }
    close(fd);
  }
}

int main(int count, char **words) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGALRM, give_up);
  if (posix_memalign((void **)&block, 4096, block_bytes) != 0) fail("memory");
  memset(block, 0x5a, block_bytes);
  if (count == 3 && strcmp(words[1], "serve") == 0) serve(atoi(words[2]));
  if (count != 6) {
    fputs("usage: carry NAME write|rewrite|read direct|cached DEVICE BYTES | NAME send|receive ADDRESS PORT BYTES | serve PORT\n", stderr);
    return 2;
  }
  name = words[1];
  uint64_t bytes = strtoull(words[5], NULL, 10);
  if (strcmp(words[2], "send") == 0 || strcmp(words[2], "receive") == 0) network(words[2], words[3], atoi(words[4]), bytes);
  else disk(words[2], words[3], words[4], bytes);
  printf("@%s ends\n", name);
  return 0;
}
