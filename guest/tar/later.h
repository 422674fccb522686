/*
 * What waits until everything else is unpacked. A symlink that leads out is made last, so that no later entry can be written through it;
 * with it hard links to it. A directory gets its mode and time when nothing is written to it any more.
 */
#ifndef LATER_H
#define LATER_H

#include <stdbool.h>

#include "entry.h"

void later_add(const struct entry *entry);
/* Whether a link of this name waits. */
bool later_has_link(const char *name);
void later_finish(void);

#endif
