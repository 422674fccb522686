#define _GNU_SOURCE
#include "servant.h"

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

enum { number_most = 12, words_most = 8 };

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

_Noreturn static void become(const char *const *words, int listener, int kept, pid_t relay) {
  char number[number_most];
  const char *given[words_most + 1] = {0};
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  /* It may have died before the line above. */
  if (getppid() != relay) _exit(1);
  fcntl(listener, F_SETFD, 0);
  if (kept >= 0) fcntl(kept, F_SETFD, 0);
  snprintf(number, sizeof number, "%d", listener);
  for (int i = 0; i < words_most && words[i] != NULL; i++) given[i] = strcmp(words[i], "@") == 0 ? number : words[i];
  execv(given[0], (char *const *)given);
  fprintf(stderr, "isola-relay: %s: %s\n", words[0], strerror(errno));
  _exit(127);
}

pid_t servant_start(const char *socket, const char *const *words, int kept) {
  pid_t relay = getpid();
  int listener = listen_at(socket);
  if (listener < 0) return -1;
  pid_t pid = fork();
  if (pid == 0) become(words, listener, kept, relay);
  int error = errno;
  close(listener);
  errno = error;
  return pid;
}

void servant_end(pid_t pid, const char *socket) {
  unlink(socket);
  if (pid < 0) return;
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
}
