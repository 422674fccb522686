/* Network devices, by the kernel's own words: there is no ip(8) in an initramfs. */
#ifndef NET_H
#define NET_H

#include <stdbool.h>

/* It must be down. */
bool net_rename(const char *name, const char *to);

/* All return false with errno. */
bool net_up(const char *name);
/* Gives it this address on its cable. It must be down. */
bool net_address(const char *name, const char *mac);
/* IPv4, `10.0.0.2/24`. The gateway and the MTU may be NULL. */
bool net_configure(const char *name, const char *address, const char *gateway, const char *mtu);
/* Leaves for a network namespace of one's own and takes the device along, which must be down. Returns a socket for its packets, or -1. */
int net_take_away(const char *name, int ethertype, int mtu);

#endif
