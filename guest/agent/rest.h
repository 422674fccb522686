/* What a machine is told that was kept while it waited for that, and goes on now: boot.h. */
#ifndef REST_H
#define REST_H

#include <stdbool.h>

enum { rest_most = 1 << 16 };

/* Waits until the disk is there, says so on the console, waits until it has a text, and returns that; NULL, and errno. Behind one that begins with `more` it waits for one that doesn't. */
char *rest_of(const char *disk);
/* Waits until a device is there, for some seconds: the kernel finds disks beside its own work. False, and errno. */
bool rest_wait_for(const char *device);
/* Has the kernel look again how large a disk on NVMe is, until it has so many sectors. False, and errno. */
bool rest_wait_for_sectors(const char *device, const char *sectors);
/* `hex`: bytes that nobody else has; random numbers of two machines that were one differ from then on. False, and errno. */
bool seed_random(const char *hex);

#endif
