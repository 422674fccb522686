/* Those who serve the host's directories to the guest's kernel: a process each, isola-share. Without one of them the guest has no files: it is ended. */
#ifndef SHARES_H
#define SHARES_H

#include <stdbool.h>
#include <sys/types.h>

enum { share_words = 5, shares_most = 4 };

/* `words`: the program, the path of a socket for the guest's kernel, and what isola-share takes further: a tag, a kind, a directory. False, and errno. */
bool share_add(char **words);
/* Where what they ended with is written down, as the guest's agent would say it on its console. */
void shares_words_to(const char *path);
/* True if it was one of them; then `text` says so. */
bool shares_have_lost(char *text, size_t room);
/* Ends all. */
void shares_end(void);

#endif
