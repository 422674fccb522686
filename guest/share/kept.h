/* The descriptors of nodes: as many as there is room for, those used last. */
#ifndef KEPT_H
#define KEPT_H

#include "nodes.h"

void kept_begin(unsigned most);
/* Its descriptor, instead of the one it may have. */
void kept_add(struct node *node, int fd, enum access access);
/* It is the last used. */
void kept_use(struct node *node);
/* Closes what was not used for longest, as long as there are too many; not those without a name. */
void kept_make_room(void);
void kept_close(struct node *node);
/* Closes what is open for writing and has a name. */
void kept_stop_writing(void);

#endif
