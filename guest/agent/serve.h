/* The agent's loop. */
#ifndef SERVE_H
#define SERVE_H

/* Serves over the socket `line` until the other end is gone, or until somebody has written why nothing more will come to `last_words` (-1: nobody will) and it has been sent. */
int serve(int line, int last_words);

#endif
