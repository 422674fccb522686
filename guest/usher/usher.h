/* What the parts of isola's usher share. */
#ifndef USHER_H
#define USHER_H

#include <stddef.h>

/* Tells on standard error what could not be done, with errno's words, and ends. */
void die(const char *what) __attribute__((noreturn));

/* `enter [--view DIRECTORY] [--starts] FILE… -- PROGRAM ARGUMENT…` */
void enter(char **words) __attribute__((noreturn));
/* `hold UID KIND…` */
void hold(char **words) __attribute__((noreturn));

/* An environment's end of its cable. */
struct end {
  /* Its address and its router's, in network order, and how many bits of them they share. */
  unsigned address, gateway;
  unsigned char prefix, gateway_mac[6];
};
/* NULL, or what the kernel refused; errno tells why. */
const char *bring_up_loopback(void);
const char *bring_up_end(const struct end *end);
/* The end alone, without an address of its own. */
const char *bring_up_bare(void);

#endif
