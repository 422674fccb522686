/* Room for an entry at its name, and its owner, mode and time. */
#ifndef PLACE_H
#define PLACE_H

#include <stdbool.h>

#include "entry.h"

/* Makes directories until there is one of that name; links to directories count. */
bool place_directories(const char *path);
/* After an attempt to make something failed: whether to try again, for a parent is there now, or what was in the way no longer is. Else errno says why. */
bool place_clear(const char *name);

void place_dress(int fd, const struct entry *entry);
/* A symlink has no mode. */
void place_dress_link(const struct entry *entry);
/* What is no file and has its mode already. */
void place_dress_node(const struct entry *entry);

#endif
