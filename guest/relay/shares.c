#define _GNU_SOURCE
#include "shares.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "servant.h"

static struct {
  pid_t pid;
  const char *socket, *directory;
} shares[shares_most];
static int count;
static const char *words_path;

bool share_add(char **words) {
  if (count == shares_most) return errno = E2BIG, false;
  const char *given[] = {words[0], "@", words[2], words[3], words[4], NULL};
  pid_t pid = servant_start(words[1], given, -1);
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
  for (int i = 0; i < count; i++) servant_end(shares[i].pid, shares[i].socket);
  count = 0;
}
