/* The machine's root file system. */
#ifndef ROOT_H
#define ROOT_H

#include <stdbool.h>

#include "boot.h"

/* Where it is mounted before it becomes the root. */
extern const char root_place[];

/* What every process expects: /proc, /sys, /dev. */
bool root_mount_kernel(void);
/* Before all that is known but the root itself: mounts it, only to be read, with /proc and the like where it has places for them, and reads what most programs begin with. NULL, or what failed, with errno. */
const char *root_begin(const struct boot *boot);
/* Mounts it and puts the files of the description in. NULL, or what failed, with errno. */
const char *root_mount(const struct boot *boot);
/* For a machine without an init: /proc and the like in it. */
const char *root_furnish(void);
/* Makes it the root of this process's mount namespace. */
bool root_switch(void);

#endif
