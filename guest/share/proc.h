/* What is open, as a path: calls that know no descriptors of O_PATH take that. proc_pid_fd(5). */
#ifndef PROC_H
#define PROC_H

enum { proc_path_most = 32 };

/* Returns `path`. */
const char *proc_path(char *path, int fd);

#endif
