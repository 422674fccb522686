/* The agent's loop. */
#ifndef SERVE_H
#define SERVE_H

/*
 * Serves over the socket `line` until the other end is gone. `last_words`, if not -1, is read first: once it ends there is something to serve;
 * if something is written, that is why nothing ever will be, and the loop ends when it has been passed on.
 */
int serve(int line, int last_words);

#endif
