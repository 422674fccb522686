/* Names of files that have several, by their inode. */
#ifndef NAMES_H
#define NAMES_H

#include <sys/stat.h>

/* The name under which a file was met before, or NULL: it has this one then. */
const char *name_before(const struct stat *file, const char *name);

#endif
