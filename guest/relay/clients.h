/* The relay's clients: isola's commands, a session of the link each. */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <poll.h>
#include <stdbool.h>

#include "../link/link.h"

/* Another one, by a connected socket. */
void clients_add(int fd);
/* What the link says to one of them. */
void clients_take(struct link_message message);
/* The agent has begun anew: tells all of them. */
void clients_begin_anew(void);
/* Tells all of them why nothing more will come, waits a moment until they have heard it, and lets them go. */
void clients_end(const char *text);

enum { client_polls_most = 64 };
/* What they wait for; returns how many entries it filled, and `hears` the sockets whose events they are. */
int clients_polls(struct pollfd *polls);
/* Does what can be done without waiting. */
void clients_work(void);

#endif
