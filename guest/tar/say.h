/* What went wrong, a line each on standard error: `tar: NAME: why`. */
#ifndef SAY_H
#define SAY_H

/* Says what errno says of a name and goes on, unless there is no room: that ends it all, for every further file would meet it. */
void say_error(const char *name);
/* The same in words. */
void say(const char *name, const char *why);
/* The last thing it says. */
_Noreturn void say_and_end(const char *name, const char *why);
/* 0 where nothing was said. */
int say_status(void);

#endif
