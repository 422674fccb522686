#include <string.h>

#include "fuse.h"

enum { name_most = 255 };

const char *text_next(char **rest, size_t *left) {
  size_t length = strnlen(*rest, *left);
  if (length == *left) return NULL;
  const char *text = *rest;
  *rest += length + 1;
  *left -= length + 1;
  return text;
}

const char *text_name(char **rest, size_t *left) {
  const char *name = text_next(rest, left);
  if (name == NULL || *name == 0 || strlen(name) > name_most || strchr(name, '/') != NULL) return NULL;
  return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ? NULL : name;
}
