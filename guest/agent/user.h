/* Who a command runs as: passwd(5) and group(5) of the root file system this process is in. */
#ifndef USER_H
#define USER_H

#include <stdbool.h>
#include <sys/types.h>

enum { groups_most = 64 };

struct user {
  uid_t uid;
  gid_t gid;
  gid_t groups[groups_most];
  size_t group_count;
  char home[4096];
};

/* `NAME[:GROUP]` or `UID[:GID]`. False where there is no such user or group; a number needs no entry. */
bool user_find(struct user *user, const char *text);

#endif
