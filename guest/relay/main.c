/*
 * Holds the host's end of the link to a guest's agent, and passes on to it whoever connects.
 *
 *   isola-relay [--mconsole PATH] [--words PATH] [--share PROGRAM SOCKET TAG KIND DIRECTORY]… [--cable PROGRAM SOCKET END]… SOCKET PROGRAM [ARGUMENT …]
 *
 * Starts the program with the guest's end of the link as descriptor 3, or by a socket where there is a cable for it; its standard streams are the relay's. Listens on SOCKET, a path that
 * exists once it does. Each client speaks with the agent as if alone. When the program has ended, clients are told so, SOCKET is gone,
 * and the relay ends as the guest's main command did, or else as the program; when the relay ends, the program is killed. PATH: where
 * User-Mode Linux can be asked for memory that its guest doesn't need: trim.h. --share: a directory that the guest's kernel reaches by a socket, and --words where it is
 * written down that its server ended: shares.h. --cable: a network device whose packets the program has from a socket, or `line`: cables.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../link/packet.h"
#include "cables.h"
#include "clients.h"
#include "program.h"
#include "shares.h"
#include "trim.h"

enum { room_bytes = 4 << 20, text_most = 1024 };

/* Why the guest ends, by its own word. */
static char last_words[text_most];
/* How the main command ended; -1 while there was none that did. */
static int main_status = -1;

static void die(const char *what) {
  fprintf(stderr, "isola-relay: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void take(struct link_message message) {
  if (message.matter == matter_status && message.length == 1) main_status = message.bytes[0];
  if (message.matter == matter_free) return trim_hear(message);
  if (message.matter != matter_last_words) return clients_take(message);
  size_t length = message.length < sizeof last_words - 1 ? message.length : sizeof last_words - 1;
  memcpy(last_words, message.bytes, length);
  last_words[length] = 0;
}

static void make_room(int fd) {
  int room = room_bytes;
  for (int i = 0; i < 2; i++) {
    const int forced = i == 0 ? SO_SNDBUFFORCE : SO_RCVBUFFORCE, usual = i == 0 ? SO_SNDBUF : SO_RCVBUF;
    if (setsockopt(fd, SOL_SOCKET, forced, &room, sizeof room) != 0) setsockopt(fd, SOL_SOCKET, usual, &room, sizeof room);
  }
}

static int listen_at(const char *path) {
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) die("socket");
  /* Whoever sees the path can connect: it listens under another one first. */
  if ((size_t)snprintf(at.sun_path, sizeof at.sun_path, "%s~", path) >= sizeof at.sun_path) {
    errno = ENAMETOOLONG;
    die(path);
  }
  unlink(at.sun_path);
  umask(077);
  if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, sessions_most) != 0 || rename(at.sun_path, path) != 0) die(path);
  return fd;
}

/* True once the program has ended. */
static bool has_ended(int signals, pid_t program, int *status) {
  struct signalfd_siginfo heard;
  while (read(signals, &heard, sizeof heard) == sizeof heard)
    if (heard.ssi_signo != SIGCHLD) kill(program, (int)heard.ssi_signo);
  if (shares_have_lost(last_words, sizeof last_words)) kill(program, SIGKILL);
  return waitpid(program, status, WNOHANG) == program;
}

static void accept_all(int listener) {
  for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0;) clients_add(fd);
}

/* The program goes on, but nothing can be said to it any more. */
static void line_is_gone(int listener, const char *path) {
  unlink(path);
  close(listener);
  clients_end(last_words[0] != 0 ? last_words : "its line has ended");
}

/* The sooner of two waits, of which -1 has no end. */
static int sooner(int one, int other) { return one < 0 || (other >= 0 && other < one) ? other : one; }

/* Until the program has ended; returns its status. */
static int serve(int line, int listener, const char *path, int signals, pid_t program) {
  struct pollfd polls[4 + client_polls_most];
  int status = 0;
  bool is_there = true;
  for (;;) {
    polls[0] = (struct pollfd){.fd = signals, .events = POLLIN};
    polls[1] = (struct pollfd){.fd = is_there ? listener : -1, .events = POLLIN};
    polls[2] = (struct pollfd){.fd = is_there ? line : -1, .events = (short)(POLLIN | (link_wants_to_write() ? POLLOUT : 0))};
    polls[3] = (struct pollfd){.fd = trim_fd(), .events = POLLIN};
    int count = 4 + (is_there ? clients_polls(polls + 4) : 0);
    if (poll(polls, (nfds_t)count, sooner(trim_patience(), is_there ? link_patience() : -1)) < 0 && errno != EINTR) die("poll");
    if (polls[0].revents != 0 && has_ended(signals, program, &status)) return status;
    trim_work();
    if (!is_there) continue;
    if (polls[1].revents != 0) accept_all(listener);
    if (polls[2].revents & (POLLIN | POLLHUP | POLLERR)) is_there = link_receive();
    clients_work();
    if (is_there) is_there = link_work();
    if (!is_there) line_is_gone(listener, path);
  }
}

/* How many words the first option has; 0 if there is none left. */
static int option(int count, char **words) {
  if (count > 2 && strcmp(words[0], "--mconsole") == 0) return trim_begin(words[1]), 2;
  if (count > 2 && strcmp(words[0], "--words") == 0) return shares_words_to(words[1]), 2;
  if (count > 1 + cable_words && strcmp(words[0], "--cable") == 0) return 1 + cable_words;
  return count > 1 + share_words && strcmp(words[0], "--share") == 0 ? 1 + share_words : 0;
}

int main(int count, char **words) {
  int pair[2];
  char **share[shares_most], **cable[cables_most];
  int share_count = 0, cable_count = 0;
  for (int taken; (taken = option(count - 1, words + 1)) > 0; count -= taken, words += taken) {
    if (taken == 1 + share_words && share_count < shares_most) share[share_count++] = words + 2;
    if (taken == 1 + cable_words && cable_count < cables_most) cable[cable_count++] = words + 2;
  }
  if (count < 3) {
    fprintf(stderr, "usage: isola-relay [--mconsole PATH] [--words PATH] [--share PROGRAM SOCKET TAG KIND DIRECTORY]… [--cable PROGRAM SOCKET END]… SOCKET PROGRAM [ARGUMENT …]\n");
    return 2;
  }
  mode_t mask = umask(0);
  umask(mask);
  sigset_t heard;
  sigemptyset(&heard);
  for (const int *number = (const int[]){SIGCHLD, SIGTERM, SIGINT, SIGHUP, 0}; *number != 0; number++) sigaddset(&heard, *number);
  sigprocmask(SIG_BLOCK, &heard, NULL);
  int signals = signalfd(-1, &heard, SFD_NONBLOCK | SFD_CLOEXEC);
  if (signals < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) die("no link");
  make_room(pair[0]);
  make_room(pair[1]);
  int listener = listen_at(words[1]);
  for (int i = 0; i < share_count; i++)
    if (!share_add(share[i])) die(share[i][1]);
  for (int i = 0; i < cable_count; i++)
    if (!cable_add(cable[i], pair[1])) die(cable[i][1]);
  pid_t program = program_start(words + 2, pair[1], mask);
  if (program < 0) die(words[2]);
  close(pair[1]);
  link_begin(pair[0], false, (struct link_events){.take = take, .begin_anew = clients_begin_anew});
  int status = serve(pair[0], listener, words[1], signals, program);
  /* What it said at last. */
  link_receive();
  shares_end();
  cables_end();
  unlink(words[1]);
  clients_end(last_words[0] != 0 ? last_words : "the machine has ended");
  if (main_status >= 0) return main_status;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
