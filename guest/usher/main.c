/*
 * Leads processes to their places on the host, for isola: into control groups, and into namespaces of an environment's own. What shells and
 * programs of util-linux and iproute2 could do as well takes one program here instead of up to six, and those were a third of a start.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "usher.h"

/* What sh(1) ends with where isola's line for it says so, and isola's own commands where they begin nothing. */
enum { began_nothing = 125 };

void die(const char *what) {
  fprintf(stderr, "isola-usher: %s: %s\n", what, strerror(errno));
  exit(began_nothing);
}

int main(int count, char **words) {
  if (count > 2 && strcmp(words[1], "enter") == 0) enter(words + 2);
  if (count > 2 && strcmp(words[1], "hold") == 0) hold(words + 2);
  errno = EINVAL;
  die("enter … -- PROGRAM, or hold UID KIND …");
}
