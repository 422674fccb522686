/* What a machine has its packets from that takes them by a stream, as an emulated one does: for its network device, and for its line to the relay. isola-cable carries them, a process each. */
#ifndef CABLES_H
#define CABLES_H

#include <stdbool.h>

enum { cable_words = 3, cables_most = 4 };

/* `words`: the program, the path of a socket that the machine connects to, and a network device, or `line`: the guest's end of the link, which is `line` here. False, and errno. */
bool cable_add(char **words, int line);
/* Ends all. */
void cables_end(void);

#endif
