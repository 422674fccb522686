/*
 * Stands between a relay and an agent and makes their link worse.
 *
 *   worse-link SEED LOST TWICE MANGLED PROGRAM [ARGUMENT …]
 *
 * Descriptor 3 leads to the relay; the program gets an end of its own as 3. Of a thousand packets so many are lost, sent twice, mangled.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned seed;

static unsigned chance(unsigned below) {
  seed = seed * 1103515245 + 12345;
  return (seed >> 8) % below;
}

int main(int count, char **words) {
  static unsigned char bytes[65536];
  int pair[2], room = 4 << 20;
  if (count < 6 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return 2;
  for (int i = 0; i < 2; i++) setsockopt(pair[i], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  seed = (unsigned)atoi(words[1]);
  const unsigned lost = (unsigned)atoi(words[2]), twice = (unsigned)atoi(words[3]), mangled = (unsigned)atoi(words[4]);
  if (fork() == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(pair[1], 3);
    execvp(words[5], words + 5);
    _exit(127);
  }
  close(pair[1]);
  struct pollfd ends[] = {{.fd = 3, .events = POLLIN}, {.fd = pair[0], .events = POLLIN}};
  while (poll(ends, 2, -1) > 0) {
    for (int i = 0; i < 2; i++) {
      if (ends[i].revents == 0) continue;
      ssize_t length = recv(ends[i].fd, bytes, sizeof bytes, 0);
      if (length <= 0) return 0;
      if (chance(1000) < lost) continue;
      if (chance(1000) < mangled) {
        for (unsigned left = 1 + chance(4); left > 0; left--) bytes[chance(chance(2) == 0 && length > 32 ? 32 : (unsigned)length)] = (unsigned char)chance(256);
        if (chance(4) == 0) length = 1 + (ssize_t)chance((unsigned)length);
      }
      for (int times = chance(1000) < twice ? 2 : 1; times > 0; times--) send(ends[1 - i].fd, bytes, (size_t)length, MSG_NOSIGNAL);
    }
  }
}
