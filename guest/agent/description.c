/* The lines of /isola/boot. */
#include "boot.h"

#include <stdio.h>
#include <string.h>

static bool add(char **list, char *word) {
  int count = 0;
  while (list[count] != NULL) count++;
  if (count == boot_words_most) return false;
  list[count] = word;
  return true;
}

/* `value`: the volume's name, a space, and where it is to be. */
static bool add_volume(struct boot *boot, char *value, bool is_read_only) {
  char *place = strchr(value, ' ');
  if (place == NULL || boot->volume_count == volumes_most) return false;
  *place = 0;
  boot->volume[boot->volume_count++] = (struct volume){value, place + 1, is_read_only};
  return true;
}

static bool add_path(const char **list, int *count, int most, const char *path) {
  if (*count == most) return false;
  list[(*count)++] = path;
  return true;
}

/* `value`: a name below /isola, a space, and a line. */
static bool append(char *value) {
  char path[64], *line = strchr(value, ' ');
  if (line == NULL || memchr(value, '/', (size_t)(line - value)) != NULL) return false;
  snprintf(path, sizeof path, "/isola/%.*s", (int)(line - value), value);
  FILE *file = fopen(path, "ae");
  if (file == NULL) return false;
  bool done = fprintf(file, "%s\n", line + 1) > 0;
  return fclose(file) == 0 && done;
}

static bool take(struct boot *boot, const char *key, char *value) {
  const struct {
    const char *key;
    const char **value;
  } texts[] = {
      {"line", &boot->line},           {"root", &boot->root},       {"type", &boot->type},       {"options", &boot->options},   {"volumes", &boot->volumes}, {"hostname", &boot->hostname},
      {"tools", &boot->tools},         {"tools-type", &boot->tools_type}, {"volumes-type", &boot->volumes_type},
      {"interface", &boot->interface}, {"name", &boot->name},       {"address", &boot->address}, {"gateway", &boot->gateway}, {"mtu", &boot->mtu},
      {"time", &boot->time},           {"rest", &boot->rest},       {"seed", &boot->seed},       {"words", &boot->words_to},
      {"console", &boot->console},     {"errors", &boot->errors},     {"sectors", &boot->sectors},
      {"mac", &boot->mac},             {"now", &boot->now},             {"pids", &boot->pids},
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (strcmp(key, texts[i].key) == 0) {
      *texts[i].value = value;
      return true;
    }
  if (strcmp(key, "volume") == 0 || strcmp(key, "volume-ro") == 0) return add_volume(boot, value, strcmp(key, "volume-ro") == 0);
  if (strcmp(key, "module") == 0) return add_path(boot->module, &boot->module_count, modules_most, value);
  if (strcmp(key, "driver") == 0) return add_path(boot->driver, &boot->driver_count, drivers_most, value);
  if (strcmp(key, "append") == 0) return append(value);
  if (strcmp(key, "more") == 0) return boot->has_more = true;
  if (strcmp(key, "read-only") == 0) {
    boot->is_read_only = strcmp(value, "yes") == 0;
    return true;
  }
  if (strcmp(key, "init") == 0) {
    boot->words[0] = value;
    return true;
  }
  if (strcmp(key, "argument") == 0) return add(boot->words + 1, value);
  return strcmp(key, "variable") == 0 && add(boot->variables, value);
}

const char *boot_read(struct boot *boot, char *text) {
  for (char *line; (line = strsep(&text, "\n")) != NULL;) {
    if (*line == 0) continue;
    char *value = strchr(line, ' ');
    if (value == NULL) return line;
    *value = 0;
    if (!take(boot, line, value + 1)) return line;
  }
  return NULL;
}
