/*
 * Answers connections. Each begins with a count of 8 bytes in this machine's order: 0, and every byte that follows comes back; or so
 * many bytes follow, which are answered by one, and then another count.
 */
#include "work.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int get(int line, void *bytes, size_t count) {
  for (size_t got = 0; got < count;) {
    ssize_t more = read(line, (char *)bytes + got, count - got);
    if (more <= 0) return 0;
    got += (size_t)more;
  }
  return 1;
}

static void echo(int line) {
  char bytes[256];
  for (ssize_t got; (got = read(line, bytes, sizeof bytes)) > 0;)
    if (write(line, bytes, (size_t)got) != got) return;
}

static int swallow(int line, uint64_t count) {
  static char bytes[256 * 1024];
  while (count > 0) {
    ssize_t got = read(line, bytes, count < sizeof bytes ? count : sizeof bytes);
    if (got <= 0) return 0;
    count -= (uint64_t)got;
  }
  return write(line, "", 1) == 1;
}

static void converse(int line) {
  uint64_t count;
  int on = 1;
  setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  while (get(line, &count, sizeof count)) {
    if (count == 0) return echo(line);
    if (!swallow(line, count)) return;
  }
}

static int listen_at(const char *address) {
  struct sockaddr_in here = {.sin_family = AF_INET};
  socklen_t length = sizeof here;
  int line = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (line < 0 || inet_pton(AF_INET, address, &here.sin_addr) != 1) return -1;
  if (bind(line, (struct sockaddr *)&here, length) != 0 || listen(line, 64) != 0) return -1;
  if (getsockname(line, (struct sockaddr *)&here, &length) != 0) return -1;
  printf("%d\n", ntohs(here.sin_port));
  fflush(stdout);
  return line;
}

int serve(const char *address) {
  int listening = listen_at(address);
  /* Whoever waits for the port knows what it means that there is none. */
  if (listening < 0) return 1;
  signal(SIGCHLD, SIG_IGN);
  struct pollfd wanted[] = {{.fd = 0, .events = POLLIN}, {.fd = listening, .events = POLLIN}};
  for (;;) {
    char byte;
    if (poll(wanted, 2, -1) < 0) return 1;
    if (wanted[0].revents != 0 && read(0, &byte, 1) <= 0) return 0;
    if ((wanted[1].revents & POLLIN) == 0) continue;
    int line = accept(listening, NULL, NULL);
    if (line < 0) continue;
    pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      converse(line);
      _exit(0);
    }
    close(line);
  }
}
