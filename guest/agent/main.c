/*
 * isola's agent: carries out, inside, what isola asks for over a line.
 *
 *   agent LINE [--root DIRECTORY] [--tool PROGRAM]
 *
 * LINE: a device, or the number of an open descriptor. Without --root, commands see what process 1 sees. It waits for nothing but its poll:
 * whatever a command or the host does, the others go on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ask.h"
#include "channel.h"
#include "child.h"
#include "line.h"
#include "wire.h"

static void take(struct frame frame) {
  if (frame.kind == wire_ask) ask_take(frame);
  else channel_take(frame);
}

static void reap(int signals) {
  struct signalfd_siginfo heard;
  int status;
  while (read(signals, &heard, sizeof heard) == sizeof heard)
    ;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) channels_reap(pid, status);
}

/* Until the line is gone. */
static void serve(int signals) {
  static struct pollfd polls[2 + channels_most * channel_polls];
  for (;;) {
    /* While the line is full nothing is read for it: the commands wait, as for any slow reader. */
    bool is_full = line_is_full();
    polls[0] = (struct pollfd){.fd = line_fd(), .events = (short)(POLLIN | (is_full ? POLLOUT : 0))};
    polls[1] = (struct pollfd){.fd = signals, .events = POLLIN};
    int count = 2 + (is_full ? 0 : channels_polls(polls + 2));
    if (poll(polls, (nfds_t)count, -1) < 0 && errno != EINTR) return;
    if (polls[1].revents != 0) reap(signals);
    if (polls[0].revents & (POLLIN | POLLHUP | POLLERR) && !line_receive(take, channels_forget)) return;
    if (!line_flush()) return;
    if (!line_is_full()) channels_work();
    if (!line_flush()) return;
  }
}

static int open_line(const char *text) {
  char *end;
  long number = strtol(text, &end, 10);
  return *text != 0 && *end == 0 ? (int)number : open(text, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

int main(int count, char **words) {
  sigset_t child;
  if (count < 2 || count % 2 != 0) {
    fprintf(stderr, "usage: agent LINE [--root DIRECTORY] [--tool PROGRAM]\n");
    return 2;
  }
  for (int i = 2; i < count; i += 2) {
    if (strcmp(words[i], "--root") == 0) child_root(words[i + 1]);
    else if (strcmp(words[i], "--tool") == 0) child_tool(words[i + 1]);
    else return 2;
  }
  int line = open_line(words[1]);
  if (line < 0) {
    perror(words[1]);
    return 1;
  }
  fcntl(line, F_SETFD, FD_CLOEXEC);
  signal(SIGPIPE, SIG_IGN);
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, NULL);
  int signals = signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC);
  if (signals < 0) return 1;
  line_begin(line);
  serve(signals);
  channels_forget();
  return 0;
}
