/* Commands under way, a channel each. */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

#include "line.h"

void channel_take(struct frame frame);
/* Ends every command of a session and forgets them. */
void channels_forget(uint16_t session);
/* Signals the main command. False if there is none. */
bool channels_signal_main(int number);
/* A process has ended. */
void channels_reap(pid_t pid, int status);
/* What the channels wait for; returns how many entries it filled, at most channels_most * channel_polls. */
enum { channel_polls = 4 };
int channels_polls(struct pollfd *polls);
/* To be called whenever something was received, before more is: input is not copied before. */
void channels_write(void);
/* Does what can be done without waiting. */
void channels_work(void);

#endif
