/* Commands under way, a channel each. */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <poll.h>
#include <sys/types.h>

#include "line.h"

void channel_take(struct frame frame);
/* Ends every command and forgets them: the host has begun anew. */
void channels_forget(void);
/* A process has ended. */
void channels_reap(pid_t pid, int status);
/* What the channels wait for; returns how many entries it filled, at most channels_most * channel_polls. */
enum { channel_polls = 4 };
int channels_polls(struct pollfd *polls);
/* Does what can be done without waiting. */
void channels_work(void);

#endif
