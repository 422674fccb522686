#include "proc.h"

#include <stdio.h>

const char *proc_path(char *path, int fd) {
  snprintf(path, proc_path_most, "/proc/self/fd/%d", fd);
  return path;
}
