#define _GNU_SOURCE
#include "cables.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "servant.h"

enum { number_most = 12 };

static struct {
  pid_t pid;
  const char *socket;
} cables[cables_most];
static int count;

bool cable_add(char **words, int line) {
  char number[number_most];
  if (count == cables_most) return errno = E2BIG, false;
  bool is_line = strcmp(words[2], "line") == 0;
  snprintf(number, sizeof number, "%d", line);
  const char *given[] = {words[0], is_line ? "--line" : "--serve", "@", is_line ? number : words[2], NULL};
  pid_t pid = servant_start(words[1], given, is_line ? line : -1);
  if (pid < 0) return false;
  cables[count].pid = pid;
  cables[count++].socket = words[1];
  return true;
}

void cables_end(void) {
  for (int i = 0; i < count; i++) servant_end(cables[i].pid, cables[i].socket);
  count = 0;
}
