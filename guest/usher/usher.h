/* What the parts of isola's usher share. */
#ifndef USHER_H
#define USHER_H

#include <stdbool.h>
#include <sys/types.h>

#include "netlink.h"

/* Tells on standard error what could not be done, with errno's words, and ends. */
void die(const char *what) __attribute__((noreturn));

/* `enter [--view DIRECTORY] [--starts] [--read-only] FILE… -- PROGRAM ARGUMENT…` */
void enter(char **words) __attribute__((noreturn));
/* The program of its arguments, found in PATH; `is_read_only`: on a read-only mount of its own, where that can be. */
void become(char **words, bool is_read_only) __attribute__((noreturn));
/* `hold UID KIND…` */
void hold(char **words) __attribute__((noreturn));

/* What follows gives NULL, or what the kernel refused; errno tells why. */

/* A cable from the bridge to the network namespace of a process; addresses are in network order. */
struct cable {
  char link[16], bridge[16], table[32];
  unsigned char mac[6];
  unsigned address;
  pid_t pid;
};
const char *lay(const struct cable *cable);
const char *admit(const struct cable *cable);

/* An environment's end of it: how many bits of its address and its router's are the same. */
struct end {
  unsigned address, gateway;
  unsigned char prefix, gateway_mac[6];
};
const char *bring_up_loopback(void);
const char *bring_up_end(const struct end *end);
/* The end alone, without an address of its own. */
const char *bring_up_bare(void);

/* Has the last request, which changes a link, leave it without an IPv6 address of its own, where the kernel has IPv6. */
void leave_ipv6_out(struct batch *batch);

#endif
