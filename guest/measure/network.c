/* What concerns the network: a conversation with who serves connections (serve.c), kept open from one order to the next. */
#include "work.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { chunk_bytes = 64 * 1024, patience_s = 5 };

static struct sockaddr_in server = {.sin_family = AF_INET};
static int is_known, echoing = -1, sending = -1;

void set_server(const char *address_and_port) {
  char address[64] = "";
  strncpy(address, address_and_port, sizeof address - 1);
  char *colon = strchr(address, ':');
  if (colon == NULL) return;
  *colon = 0;
  server.sin_port = htons((uint16_t)atoi(colon + 1));
  is_known = inet_pton(AF_INET, address, &server.sin_addr) == 1;
}

static int reach(void) {
  if (!is_known) {
    errno = ENETUNREACH;
    fail("no way to the host");
  }
  int line = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
  if (line < 0) fail("socket");
  struct timeval patience = {.tv_sec = patience_s};
  setsockopt(line, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(line, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(line, (struct sockaddr *)&server, sizeof server) != 0) {
    close(line);
    fail("connect");
  }
  return line;
}

static void put(int line, const void *bytes, size_t count) {
  for (size_t sent = 0; sent < count;) {
    ssize_t more = write(line, (const char *)bytes + sent, count - sent);
    if (more <= 0) fail("send");
    sent += (size_t)more;
  }
}

static void open_echo(void) {
  const uint64_t no_bytes = 0;
  if (echoing >= 0) return;
  echoing = reach();
  put(echoing, &no_bytes, sizeof no_bytes);
}

static void open_sink(void) {
  if (sending < 0) sending = reach();
}

/* One byte there and back. */
static void echo(long loops) {
  char byte = 1;
  for (long i = 0; i < loops; i++) {
    put(echoing, &byte, 1);
    if (read(echoing, &byte, 1) != 1) fail("receive");
  }
}

/* 64 KiB each; done when the other side has them all. */
static void send_all(long loops) {
  static char bytes[chunk_bytes];
  char done;
  const uint64_t count = (uint64_t)loops * sizeof bytes;
  put(sending, &count, sizeof count);
  for (long i = 0; i < loops; i++) put(sending, bytes, sizeof bytes);
  if (read(sending, &done, 1) != 1) fail("receive");
}

const struct work network_works[] = {
    {"latency", open_echo, echo},
    {"throughput", open_sink, send_all},
    {NULL, NULL, NULL},
};
