#define _GNU_SOURCE
#include "shares.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { number_most = 12 };

static struct {
  pid_t pid;
  const char *socket, *directory;
} shares[shares_most];
static int count;
static const char *words_path;

static int listen_at(const char *path) {
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof at.sun_path) return errno = ENAMETOOLONG, -1;
  strcpy(at.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  unlink(path);
  if (bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 1) == 0) return fd;
  close(fd);
  return -1;
}

_Noreturn static void become(char **words, int listener, pid_t relay) {
  char number[number_most];
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  /* It may have died before the line above. */
  if (getppid() != relay) _exit(1);
  fcntl(listener, F_SETFD, 0);
  snprintf(number, sizeof number, "%d", listener);
  execl(words[0], words[0], number, words[2], words[3], words[4], (char *)NULL);
  fprintf(stderr, "isola-relay: %s: %s\n", words[0], strerror(errno));
  _exit(127);
}

bool share_add(char **words) {
  pid_t relay = getpid();
  if (count == shares_most) return errno = E2BIG, false;
  int listener = listen_at(words[1]);
  if (listener < 0) return false;
  pid_t pid = fork();
  if (pid == 0) become(words, listener, relay);
  close(listener);
  if (pid < 0) return false;
  shares[count].pid = pid;
  shares[count].socket = words[1];
  shares[count++].directory = words[4];
  return true;
}

void shares_words_to(const char *path) { words_path = path; }

static void write_down(const char *text) {
  int fd = words_path == NULL ? -1 : open(words_path, O_WRONLY | O_APPEND | O_CLOEXEC);
  dprintf(fd < 0 ? 2 : fd, "isola: %s\n", text);
  if (fd >= 0) close(fd);
}

bool shares_have_lost(char *text, size_t room) {
  for (int i = 0; i < count; i++) {
    int status;
    if (shares[i].pid < 0 || waitpid(shares[i].pid, &status, WNOHANG) != shares[i].pid) continue;
    shares[i].pid = -1;
    const char *how = WIFSIGNALED(status) ? "by signal" : "with status";
    snprintf(text, room, "the server of its files (%s) ended %s %d", shares[i].directory, how, WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    write_down(text);
    return true;
  }
  return false;
}

void shares_end(void) {
  for (int i = 0; i < count; i++) {
    unlink(shares[i].socket);
    if (shares[i].pid < 0) continue;
    kill(shares[i].pid, SIGKILL);
    waitpid(shares[i].pid, NULL, 0);
    shares[i].pid = -1;
  }
}
