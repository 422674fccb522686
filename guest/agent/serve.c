#define _GNU_SOURCE
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../link/packet.h"
#include "ask.h"
#include "channel.h"
#include "line.h"
#include "memory.h"
#include "wire.h"

enum { last_words_most = 1024 };

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

/* Passes on why nothing more will come. True if somebody has said it. */
static bool pass_on(int last_words) {
  char text[last_words_most];
  ssize_t count = read(last_words, text, sizeof text);
  if (count <= 0) return false;
  link_put(matter_last_words, 0, text, (size_t)count, NULL, 0);
  return true;
}

static void work(int line, int signals, int last_words) {
  const int looks = last_words < 0 ? -1 : memory_begin();
  static struct pollfd polls[4 + channels_most * channel_polls];
  bool is_ending = false;
  for (;;) {
    /* While the link is full nothing is read for it: the commands wait, as for any slow reader. */
    bool is_full = link_is_full();
    polls[0] = (struct pollfd){.fd = line, .events = (short)(POLLIN | (link_wants_to_write() ? POLLOUT : 0))};
    polls[1] = (struct pollfd){.fd = signals, .events = POLLIN};
    polls[2] = (struct pollfd){.fd = last_words, .events = POLLIN};
    polls[3] = (struct pollfd){.fd = looks, .events = POLLIN};
    int count = 4 + (is_full ? 0 : channels_polls(polls + 4));
    if (poll(polls, (nfds_t)count, link_patience()) < 0 && errno != EINTR) return;
    if (polls[1].revents != 0) reap(signals);
    if (polls[2].revents != 0) {
      is_ending = pass_on(last_words);
      if (!is_ending) line_welcome();
      last_words = -1;
    }
    if (polls[0].revents & (POLLIN | POLLHUP | POLLERR) && !link_receive()) return;
    channels_write();
    if (polls[3].revents != 0) memory_look();
    if (!link_is_full()) channels_work();
    if (!link_work() || (is_ending && link_is_idle())) return;
  }
}

int serve(int line, int last_words) {
  sigset_t child;
  fcntl(line, F_SETFD, FD_CLOEXEC);
  signal(SIGPIPE, SIG_IGN);
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, NULL);
  int signals = signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC);
  if (signals < 0) return 1;
  line_begin(line, (struct line_events){.take = take, .forget = channels_forget});
  if (last_words < 0) line_welcome();
  work(line, signals, last_words);
  for (uint16_t session = 0; session < sessions_most; session++) channels_forget(session);
  return 0;
}
