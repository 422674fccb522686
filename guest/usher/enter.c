/* Enters control groups and becomes a program: cgroups(7). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "usher.h"

/* A process that is "0" is the one that writes it, in both versions. */
static void join(const char *file) {
  int fd = open(file, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, "0", 1) != 1) die(file);
  close(fd);
}

/* Shows a directory in place of the one above it, to nobody else. */
static void view(const char *directory) {
  char above[4096];
  const char *last = strrchr(directory, '/');
  size_t length = last == NULL ? 0 : (size_t)(last - directory);
  if (length == 0 || length >= sizeof above) {
    errno = EINVAL;
    die(directory);
  }
  memcpy(above, directory, length);
  above[length] = '\0';
  if (unshare(CLONE_NEWNS) != 0) die("unshare");
  if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) != 0) die("/");
  if (mount(directory, above, NULL, MS_BIND, NULL) != 0) die(directory);
}

/*
 * A keeper asks its runtime for `create`, and isola would have to ask for `start` as soon as it has. `run --detach` is both: words[0] is the
 * runtime, its own options begin with a dash.
 */
static char **started(char **words, char **room) {
  size_t count = 0;
  bool asked = false;
  for (char **word = words; *word != NULL; word++) {
    bool is_verb = !asked && word != words && (*word)[0] != '-';
    asked = asked || is_verb;
    if (is_verb && strcmp(*word, "create") == 0) {
      room[count++] = "run";
      room[count++] = "--detach";
    } else {
      room[count++] = *word;
    }
  }
  room[count] = NULL;
  return room;
}

void enter(char **words) {
  const char *shown = NULL;
  bool starts = false, is_read_only = false;
  for (; *words != NULL && strncmp(*words, "--", 2) == 0 && strcmp(*words, "--") != 0; words++) {
    if (strcmp(*words, "--starts") == 0) starts = true;
    else if (strcmp(*words, "--read-only") == 0) is_read_only = true;
    else if (strcmp(*words, "--view") == 0 && words[1] != NULL) shown = *++words;
  }
  /* While the groups can be seen. */
  for (; *words != NULL && strcmp(*words, "--") != 0; words++) join(*words);
  if (*words == NULL || *++words == NULL) {
    errno = EINVAL;
    die("enter without -- PROGRAM");
  }
  if (shown != NULL) view(shown);
  size_t count = 0;
  while (words[count] != NULL) count++;
  char *room[count + 2];
  if (starts) words = started(words, room);
  become(words, is_read_only);
}
