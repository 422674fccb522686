/*
 * Gives back to the host what a guest has used and uses no more. The guest's agent says how much is free; the file of the guest's memory shows how much of
 * it was ever touched. If these differ by enough, User-Mode Linux is asked to lend what is free, which it drops on the host, and gets it back at once, untouched:
 * linux arch/um/drivers/mconsole_kern.c, mem_config. A guest that lies about itself ends up short of memory, and nobody else does.
 */
#ifndef TRIM_H
#define TRIM_H

#include "../link/link.h"

/* `path`: User-Mode Linux's console for managers, a socket. It lies in a file system that holds the guest's memory and little else. */
void trim_begin(const char *path);
/* What the agent says of its memory. */
void trim_hear(struct link_message message);

/* What it waits for; -1 for nothing. */
int trim_fd(void);
/* Milliseconds until trim_work has something to do by itself; -1 for never. */
int trim_patience(void);
/* Does what can be done without waiting. */
void trim_work(void);

#endif
