#include "say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Of so many names; an archive full of what can't be made would fill the memory of whoever collects the words. */
enum { said_most = 20, name_most = 300 };
static int said;

static void put(const char *name, const char *why) {
  char line[name_most + 200], shown[name_most + 1];
  size_t length = strnlen(name, name_most);
  /* A name with a line break in it would be two lines. */
  for (size_t i = 0; i < length; i++) shown[i] = name[i];
  for (size_t i = 0; i < length; i++)
    if ((unsigned char)shown[i] < ' ' || shown[i] == 127) shown[i] = '?';
  shown[length] = 0;
  int count = snprintf(line, sizeof line, "tar: %s%s%s\n", shown, length == 0 ? "" : ": ", why);
  if (count > 0 && (size_t)count < sizeof line && write(2, line, (size_t)count) < 0) _exit(1);
}

void say(const char *name, const char *why) {
  if (said++ < said_most) put(name, why);
}

void say_and_end(const char *name, const char *why) {
  put(name, why);
  _exit(1);
}

void say_error(const char *name) {
  if (errno == ENOSPC || errno == EDQUOT) say_and_end(name, strerror(errno));
  say(name, strerror(errno));
}

int say_status(void) { return said > 0; }
