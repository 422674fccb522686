/* The program behind the relay: it and all it started end with the relay, and with each other. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <sys/types.h>

/* Starts it with `guest` as descriptor 3. The process it returns ends as the program does, and hands on signals; -1 and errno. */
pid_t program_start(char **words, int guest, mode_t mask);

#endif
