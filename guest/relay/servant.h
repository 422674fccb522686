/* Programs that serve the machine beside the relay, each at a socket; they end with it. */
#ifndef SERVANT_H
#define SERVANT_H

#include <sys/types.h>

/* `words`: the program and what it is given, ended by NULL; `@` stands for the descriptor on which it listens. `kept`: another descriptor that it keeps, or -1. Returns its process; -1 and errno. */
pid_t servant_start(const char *socket, const char *const *words, int kept);
/* Ends it. */
void servant_end(pid_t pid, const char *socket);

#endif
