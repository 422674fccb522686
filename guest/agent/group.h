/* How many processes a machine may have at once: the control group (version 2) of all but the kernel's and the agent's own; linux Documentation/admin-guide/cgroup-v2.rst. */
#ifndef GROUP_H
#define GROUP_H

#include <stdbool.h>

/* In the agent's mount namespace: from then on it finds the group, where there is one. A kernel without control groups has none. */
void group_begin(void);
/* Process 1 makes it and enters it, as the whole tree that is in sight from then on. False, and errno. */
bool group_make(const char *most);
/* For a command, before it leaves the agent's sight. It enters however many there are: only what it starts is refused. */
void group_enter(void);
/* 0: no limit any more. False, and errno: ENOENT where the machine has no group. */
bool group_limit(unsigned most);
/* How many there are, and how many were refused; false where there is no group. */
bool group_count(unsigned long *used, unsigned long *refused);

#endif
