#include "user.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Calls `use` with the fields of each line until it returns true. A file that isn't there has no lines. */
static bool each_line(const char *path, int fields, bool (*use)(char **field, void *to), void *to) {
  FILE *file = fopen(path, "re");
  char *line = NULL;
  size_t room = 0;
  bool found = false;
  if (file == NULL) return false;
  while (!found && getline(&line, &room, file) >= 0) {
    char *field[8] = {0}, *rest = line;
    line[strcspn(line, "\n")] = 0;
    int count = 0;
    while (count < fields && rest != NULL) field[count++] = strsep(&rest, ":");
    if (count == fields) found = use(field, to);
  }
  free(line);
  fclose(file);
  return found;
}

static bool number(const char *text, unsigned *value) {
  char *end;
  if (*text < '0' || *text > '9') return false;
  errno = 0;
  unsigned long read = strtoul(text, &end, 10);
  if (errno != 0 || *end != 0 || read >= 0xffffffffUL) return false;
  *value = (unsigned)read;
  return true;
}

struct wanted {
  const char *name;
  unsigned id;
  struct user *user;
};

static bool passwd_line(char **field, void *to) {
  struct wanted *wanted = to;
  unsigned uid, gid;
  if (!number(field[2], &uid) || !number(field[3], &gid)) return false;
  if (wanted->name == NULL ? uid != wanted->id : strcmp(field[0], wanted->name) != 0) return false;
  wanted->user->uid = uid;
  wanted->user->gid = gid;
  if (wanted->name == NULL) wanted->name = strdup(field[0]);
  snprintf(wanted->user->home, sizeof wanted->user->home, "%s", field[5][0] == 0 ? "/" : field[5]);
  return true;
}

static bool group_line(char **field, void *to) {
  struct wanted *wanted = to;
  return strcmp(field[0], wanted->name) == 0 && number(field[2], &wanted->id);
}

/* Groups the user is a member of. Goes through all of them. */
static bool member_line(char **field, void *to) {
  struct wanted *wanted = to;
  unsigned gid;
  char *members = field[3], *member;
  while ((member = strsep(&members, ",")) != NULL)
    if (strcmp(member, wanted->name) == 0 && number(field[2], &gid) && wanted->user->group_count < groups_most)
      wanted->user->groups[wanted->user->group_count++] = gid;
  return false;
}

bool user_find(struct user *user, const char *text) {
  char name[256];
  const char *colon = strchr(text, ':');
  size_t length = colon == NULL ? strlen(text) : (size_t)(colon - text);
  if (length == 0 || length >= sizeof name) return false;
  memcpy(name, text, length);
  name[length] = 0;
  *user = (struct user){.home = "/"};
  struct wanted wanted = {.user = user};
  bool is_number = number(name, &wanted.id);
  if (!is_number) wanted.name = name;
  bool known = each_line("/etc/passwd", 7, passwd_line, &wanted);
  if (!known && !is_number) return false;
  if (!known) user->uid = wanted.id;
  if (colon == NULL) {
    if (wanted.name != NULL) each_line("/etc/group", 4, member_line, &wanted);
    return true;
  }
  struct wanted group = {.name = colon + 1};
  if (!number(group.name, &group.id) && !each_line("/etc/group", 4, group_line, &group)) return false;
  user->gid = group.id;
  return true;
}
