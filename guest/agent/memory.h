/* Tells the relay how much of the guest's memory nobody uses, so that the host can have it back: guest/relay/trim.h. */
#ifndef MEMORY_H
#define MEMORY_H

/* A line of /proc/meminfo, in bytes; 0 where there is none. */
unsigned long long memory(const char *name);

/* Processes that the kernel ended for want of memory: proc(5), /proc/vmstat. */
unsigned long memory_kills(void);

/* Of a machine of its own. A descriptor that is readable when it is time to look; -1 where there is none. */
int memory_begin(void);
/* Looks, and tells where the guest has been idle. */
void memory_look(void);

#endif
